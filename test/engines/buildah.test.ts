// Buildah with --runtime: each RUN, and each `buildah run`, is a container of the runtime under test (--isolation oci).
import assert from "node:assert/strict";
import { image } from "./helpers/podman.ts";
import { PodmanTests } from "./helpers/podman-tests.ts";

const tests = new PodmanTests();
const { podman, machine } = tests;
// Buildah raises these by itself, as nobody may here (CAP_SYS_RESOURCE).
const ulimits = ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"];
const isolation = ["--isolation=oci", "--runtime", machine.runtime];

const buildah = (args: readonly string[], input = "") => podman.inMachine(["buildah", ...args], { input });

function succeed(...args: readonly string[]): string {
  const { status, stdout, stderr } = buildah(args);
  assert.equal(status, 0, `buildah ${args.join(" ")}: ${stderr}`);
  return stdout.trimEnd();
}

/** Builds an image of a Containerfile's text, with a file beside it. */
function build(name: string, steps: string, ...flags: readonly string[]) {
  machine.write("/var/tmp/context/Containerfile", steps);
  machine.write("/var/tmp/context/file", "beside\n");
  return buildah(["build", ...isolation, ...ulimits, ...flags, "--tag", name, "/var/tmp/context"]);
}

/** A working container, which is removed afterwards. */
function withContainer(body: (name: string) => void): void {
  const name = succeed("from", ...ulimits, image);
  try {
    body(name);
  } finally {
    succeed("rm", name);
  }
}

const run = (name: string, ...args: readonly string[]) =>
  buildah(["run", ...isolation, ...args.slice(0, -1), name, "sh", "-c", args.at(-1) ?? ""]);

const removeImage = (name: string) => podman.succeed(["rmi", "--force", name]);

tests.it("buildah build runs the steps of a Containerfile, each on what the one before has left", () => {
  const steps = [
    `FROM ${image} AS first`,
    "ARG WORD=default",
    "ENV KEPT=kept",
    "COPY file /copied",
    "RUN cat /copied >/first; echo $KEPT $WORD >>/first",
    "WORKDIR /work",
    "USER guest",
    "RUN (id -u; pwd) >/tmp/second",
    `FROM ${image}`,
    "COPY --from=first /first /tmp/second /",
    'RUN ["cat", "/first"]',
  ];
  const { status, stdout, stderr } = build("localhost/steps", steps.join("\n"), "--build-arg=WORD=given");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /beside\nkept given/);
  assert.equal(
    podman.succeed(["run", "--rm", "localhost/steps", "cat", "/first", "/second"]),
    "beside\nkept given\n1000\n/work",
  );
  removeImage("localhost/steps");
});

tests.it("buildah build keeps a layer for each step, and takes it again", () => {
  const steps = `FROM ${image}\nRUN date +%N >/layer\n`;
  const layer = () => {
    const { status, stderr } = build("localhost/layers", steps, "--layers");
    assert.equal(status, 0, stderr);
    return podman.succeed(["run", "--rm", "localhost/layers", "cat", "/layer"]);
  };
  assert.equal(layer(), layer());
  removeImage("localhost/layers");
});

tests.it("buildah build ends with the status of a step that fails, and names it", () => {
  const failed = build("localhost/failed", `FROM ${image}\nRUN exit 3\n`);
  assert.equal(failed.status, 3, failed.stderr);
  assert.match(failed.stderr, /building at STEP "RUN exit 3".*exit status 3/);
  const missing = build("localhost/failed", `FROM ${image}\nRUN ["no-such-program"]\n`);
  assert.notEqual(missing.status, 0);
  assert.match(missing.stderr, /exec: \\?"no-such-program\\?": executable file not found in \$PATH/);
});

tests.it("RUN --mount has secrets and caches", () => {
  machine.write("/var/tmp/secret", "hidden\n");
  const steps = `FROM ${image}\nRUN --mount=type=secret,id=s --mount=type=cache,target=/cache cat /run/secrets/s >/seen; touch /cache/x\nRUN ! ls /run/secrets/s /cache/x\n`;
  const { status, stderr } = build("localhost/mounts", steps, "--secret=id=s,src=/var/tmp/secret");
  assert.equal(status, 0, stderr);
  assert.equal(podman.succeed(["run", "--rm", "localhost/mounts", "cat", "/seen"]), "hidden");
  removeImage("localhost/mounts");
});

tests.it("buildah build --memory and --cap-drop hold for its steps", () => {
  const steps = `FROM ${image}\nRUN cat /sys/fs/cgroup/memory/memory.limit_in_bytes; grep CapEff /proc/self/status\n`;
  const { status, stdout, stderr } = build("localhost/limits", steps, "--memory=64m", "--cap-drop=all");
  assert.equal(status, 0, stderr);
  assert.match(stdout, new RegExp(`\\n${64 << 20}\\nCapEff:\\s*0000000000000000\\n`));
  removeImage("localhost/limits");
});

tests.it("buildah run passes input, output and exit status on", () => {
  withContainer((name) => {
    const { status, stdout } = buildah(["run", ...isolation, name, "sh", "-c", "cat; exit 5"], "typed\n");
    assert.deepEqual([status, stdout], [5, "typed\n"]);
    const missing = buildah(["run", ...isolation, name, "no-such-program"]);
    assert.notEqual(missing.status, 0);
    assert.match(missing.stderr, /executable file not found in \$PATH/);
  });
});

tests.it("buildah run takes users, volumes, capabilities and a terminal", () => {
  machine.write("/var/tmp/shared/file", "shared\n");
  withContainer((name) => {
    assert.equal(
      run(
        name,
        "--user=guest",
        "--volume=/var/tmp/shared:/shared:ro",
        "id -u; cat /shared/file; touch /shared/no 2>/dev/null",
      ).stdout,
      "1000\nshared\n",
    );
    assert.match(
      run(name, "--cap-add=CAP_SYS_TIME", "grep CapBnd /proc/self/status").stdout,
      /[2367abef][0-9a-f]{6}$/m,
    );
    assert.match(run(name, "--terminal", "test -t 0 && tty").stdout, /\/dev\/pts\/0/);
    assert.match(run(name, "--hostname=named", "hostname").stdout, /^named$/m);
  });
});

tests.it("buildah run, copy, config and commit make an image", () => {
  machine.write("/var/tmp/copied", "copied\n");
  withContainer((name) => {
    assert.equal(run(name, "echo made >/made").status, 0);
    succeed("copy", name, "/var/tmp/copied", "/copied");
    succeed("config", "--cmd", "cat /made /copied", name);
    succeed("commit", "--quiet", name, "localhost/made");
  });
  assert.equal(podman.succeed(["run", "--rm", "localhost/made"]), "made\ncopied");
  removeImage("localhost/made");
});
