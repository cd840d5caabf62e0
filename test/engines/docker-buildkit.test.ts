// BuildKit in dockerd. No line of daemon.json tells it which runtime is to run RUN's commands: it takes `runc` out of the
// daemon's PATH, or since Docker 26 what DOCKER_BUILDKIT_RUNC_COMMAND names. Dockerfiles have no `# syntax=` line, as
// there is no registry to get a frontend from: dockerd's own reads them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runtimeName } from "../helpers/runtime.ts";
import { until } from "../helpers/wait.ts";
import { dockerForFile, type Wanted } from "./helpers/docker-for-file.ts";
import { image } from "./helpers/dockerd.ts";
import type { CommandOptions, EngineMachine, Finished } from "./machine/machine.ts";
import type { Suite } from "./machine/tree.ts";

const folder = "/opt/buildkit";
const usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** How each release's dockerd is told. */
const told: Readonly<Record<Suite, Wanted>> = {
  bookworm: {
    env: { PATH: `${folder}:${usualPath}` },
    prepare: (machine: EngineMachine) => {
      machine.succeed(["mkdir", folder]);
      machine.succeed(["ln", "-s", machine.runtime, `${folder}/runc`]);
    },
  },
  forky: { env: { DOCKER_BUILDKIT_RUNC_COMMAND: `/opt/runtime/${runtimeName}` } },
};

/** What a step could leave: cgroups below BuildKit's, BuildKit's bundles, the runtime's state. */
const leftovers = `
find /sys/fs/cgroup/*/docker/buildkit -mindepth 1 -type d
find /var/lib/docker/buildkit/executor -mindepth 1 -maxdepth 1 -type d
ls -d /run/runc/* /run/tsrun/*
true`;

for (const suite of ["bookworm", "forky"] as const) {
  const dockerd = dockerForFile({ suite, ...told[suite] });
  const { machine } = dockerd;

  const build = (
    steps: readonly string[],
    flags: readonly string[] = [],
    options: CommandOptions = {},
  ): Finished =>
    dockerd.docker(["build", "--progress=plain", "--tag", "built", ...flags, "-"], {
      ...options,
      input: [`FROM ${image} AS base`, ...steps, ""].join("\n"),
      env: { DOCKER_BUILDKIT: "1" },
    });

  const succeed = (steps: readonly string[], flags: readonly string[] = []): string => {
    const { status, stdout, stderr } = build(steps, flags);
    assert.equal(status, 0, stderr);
    return stderr + stdout;
  };

  const runBuilt = (...command: string[]) => dockerd.succeed(["run", "--rm", "built", ...command]);

  test(`${suite}: RUN is a container of its own, its changes are a layer`, () => {
    const said = succeed(["RUN echo $$ >/pid; readlink /proc/self/ns/pid >/namespace; echo it ran"]);
    assert.match(said, /it ran/);
    const calls = machine.recordings().filter(({ argv }) => argv.includes("run"));
    assert.equal(calls.length, 1, "of the runtime under test");
    assert.equal(runBuilt("cat", "/pid"), "1");
    assert.notEqual(runBuilt("cat", "/namespace"), machine.succeed(["readlink", "/proc/1/ns/pid"]).trim());
  });

  test(`${suite}: stages are built apart and copied from`, () => {
    succeed([
      "FROM base AS compiler",
      "RUN echo program >/out",
      `FROM ${image}`,
      "COPY --from=compiler /out /program",
      "RUN cat /program >/copied",
    ]);
    assert.equal(runBuilt("cat", "/copied"), "program");
    assert.equal(runBuilt("sh", "-c", "ls /out 2>&1 || true"), "ls: /out: No such file or directory");
  });

  test(`${suite}: RUN --mount=type=cache is kept between builds and is in no image`, () => {
    const cached = "RUN --mount=type=cache,target=/cache echo x >>/cache/lines; wc -l </cache/lines >/count";
    for (const round of ["1", "2"]) {
      succeed([`ENV ROUND=${round}`, cached]);
      assert.equal(runBuilt("cat", "/count").trim(), round);
    }
    assert.equal(runBuilt("sh", "-c", "ls /cache 2>/dev/null || true"), "");
  });

  test(`${suite}: RUN --mount=type=secret shows a secret and leaves none`, () => {
    machine.write("/root/secret", "swordfish");
    const step =
      "RUN --mount=type=secret,id=word wc -c </run/secrets/word >/length; stat -c %a /run/secrets/word >>/length";
    succeed([step], ["--secret", "id=word,src=/root/secret"]);
    assert.equal(runBuilt("cat", "/length"), "9\n400");
    assert.equal(runBuilt("sh", "-c", "cat /run/secrets/word 2>/dev/null || echo none"), "none");
  });

  test(`${suite}: RUN --mount=type=tmpfs and type=bind`, () => {
    succeed([
      "FROM base AS source",
      "RUN echo from the source >/file",
      `FROM ${image}`,
      "RUN --mount=type=tmpfs,target=/scratch grep -c ' /scratch tmpfs ' /proc/mounts >/count",
      "RUN --mount=type=bind,from=source,target=/source cp /source/file /got; ! touch /source/new",
    ]);
    assert.equal(runBuilt("cat", "/count", "/got"), "1\nfrom the source");
  });

  test(`${suite}: the exit status of a RUN that fails is told`, () => {
    const { status, stderr } = build(["RUN echo about to fail; exit 42"]);
    assert.equal(status, 1);
    assert.match(stderr, /exit code: 42/);
    assert.match(stderr, /about to fail/);
  });

  test(`${suite}: a program that is missing fails the build with the shell's or the runtime's words`, () => {
    assert.match(build(["RUN /absent"]).stderr, /not found.*exit code: 127/s);
    const { status, stderr } = build(['RUN ["/absent"]']);
    assert.equal(status, 1);
    assert.match(stderr, /\/absent.*no such file or directory/);
  });

  test(`${suite}: USER, WORKDIR, ENV and SHELL of RUN`, () => {
    succeed([
      "WORKDIR /tmp/work",
      "ENV COLOUR=blue",
      'SHELL ["/bin/sh", "-e", "-c"]',
      "RUN chown guest .",
      "USER guest",
      "RUN pwd >told; id -un >>told; echo $COLOUR >>told; false | echo last >>told",
    ]);
    assert.equal(runBuilt("cat", "/tmp/work/told"), "/tmp/work\nguest\nblue\nlast");
  });

  test(`${suite}: two steps run at the same time`, () => {
    succeed([
      // Each waits for the other's mark in the cache that they share.
      "FROM base AS left",
      "RUN --mount=type=cache,id=meet,target=/m touch /m/left; until [ -e /m/right ]; do sleep 0.1; done; touch /l",
      "FROM base AS right",
      "RUN --mount=type=cache,id=meet,target=/m touch /m/right; until [ -e /m/left ]; do sleep 0.1; done; touch /r",
      "FROM base",
      "COPY --from=left /l /",
      "COPY --from=right /r /",
    ]);
    assert.equal(runBuilt("ls", "-d", "/l", "/r"), "/l\n/r");
  });

  const sleepers = () => machine.run(["pgrep", "-fx", "sleep 1234"]).stdout.split("\n").filter(Boolean);

  test(`${suite}: a build that is cancelled leaves nothing`, async () => {
    const steps = `FROM ${image}\nRUN trap "" TERM INT; sleep 1234 & sleep 1234\n`;
    machine.write("/root/slow/Dockerfile", steps);
    const client = machine.spawn(["docker", "build", "/root/slow"], { DOCKER_BUILDKIT: "1" });
    const ended = new Promise((done) => client.once("exit", done));
    until("the step runs", () => sleepers().length === 2);
    machine.succeed(["pkill", "-INT", "-fx", ".*docker build /root/slow"]);
    await ended;
    until("the step is gone", () => sleepers().length === 0);
    const left = () => machine.run(["sh", "-c", leftovers]).stdout;
    until(`nothing is left of ${left()}`, () => left() === "");
  });

  if (suite === "bookworm") continue; // 20.10 has neither but in frontends out of a registry

  test(`${suite}: RUN --network=none has no interface but loopback`, () => {
    succeed(["RUN --network=none ls /sys/class/net | grep -c eth0 >/count || true"]);
    assert.equal(runBuilt("cat", "/count"), "0");
  });

  test(`${suite}: a here-document is a script`, () => {
    succeed(["RUN <<END", "echo one >/lines", "echo two >/lines", "END"]);
    assert.equal(runBuilt("cat", "/lines"), "two");
  });
}
