// Images: built in containers of the runtime under test, made of layers that are shared, and copied on write.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Container, offline } from "./helpers/docker-container.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image, runtimeInDocker } from "./helpers/dockerd.ts";

const dockerd = dockerForFile();
const { machine } = dockerd;
/** The builder that Docker had before BuildKit. */
const legacy = { env: { DOCKER_BUILDKIT: "0" } };

const dockerfile = `
FROM ${image}
ARG GREETING=hello
ENV WHO=world
RUN echo "$GREETING $WHO" >/greeting && id -u >/uid-of-root
WORKDIR /app
COPY --chown=guest program ./
RUN chmod 755 program
USER guest
RUN ["sh", "-c", "id -un >/tmp/user && pwd >/tmp/directory"]
HEALTHCHECK CMD true
ENTRYPOINT ["./program"]
CMD ["and", "arguments"]
`;

machine.write("/root/app/Dockerfile", dockerfile);
machine.write("/root/app/program", '#!/bin/sh\ncat /greeting /tmp/user /tmp/directory\necho "$@"\n', 0o600);

const layersOf = (name: string): string[] => JSON.parse(dockerd.inspect(name, "json .RootFS.Layers"));
const build = (options: readonly string[]) =>
  dockerd.docker(["build", "--network", "none", ...options], legacy);

test("build runs a Dockerfile's RUN steps in the runtime", () => {
  const { status, stdout, stderr } = build([
    "--rm=false",
    "--tag",
    "app",
    "--build-arg",
    "GREETING=hi",
    "/root/app",
  ]);
  assert.equal(status, 0, stderr);
  const containers = [...stdout.matchAll(/---> Running in (\w+)/g)].map(([, id = ""]) => id);
  const ran = containers.filter((id) => dockerd.inspect(id, ".State.StartedAt") > "0002");
  assert.deepEqual(
    ran.map((id) => dockerd.inspect(id, ".HostConfig.Runtime")),
    Array(3).fill(runtimeInDocker),
  );
  dockerd.removeAll();
});

test("the image that was built runs as it says, and in other ways", () => {
  const run = ["run", "--rm", ...offline];
  const output = "hi world\nguest\n/app\n";
  assert.equal(dockerd.succeed([...run, "app"]), `${output}and arguments`);
  assert.equal(dockerd.succeed([...run, "app", "other", "words"]), `${output}other words`);
  assert.equal(dockerd.succeed([...run, "--entrypoint", "id", "app", "-u"]), "1000");
});

test("a second build takes every step from the cache", () => {
  const { stdout } = build(["--tag", "again", "--build-arg", "GREETING=hi", "/root/app"]);
  assert.equal(stdout.match(/Using cache/g)?.length, 11, "all but FROM");
  assert.equal(dockerd.inspect("again", ".Id"), dockerd.inspect("app", ".Id"));
});

test("a step that fails ends the build with its status, and leaves no image", () => {
  const input = `FROM ${image}\nRUN echo before && exit 23\nRUN echo after`;
  const { status, stderr, stdout } = dockerd.docker(["build", "--tag", "broken", "-"], { ...legacy, input });
  assert.equal(status, 23);
  assert.match(stdout, /before/);
  assert.match(stderr, /The command '\/bin\/sh -c echo before && exit 23' returned a non-zero code: 23/);
  assert.notEqual(dockerd.docker(["inspect", "broken"]).status, 0);
});

test("a step whose shell is missing fails with the runtime's words", () => {
  const input = `FROM ${image}\nSHELL ["/no/shell"]\nRUN true`;
  const { status, stderr } = dockerd.docker(["build", "-"], { ...legacy, input });
  assert.notEqual(status, 0);
  assert.match(stderr, /exec: "\/no\/shell": stat \/no\/shell: no such file or directory/);
});

test("an image is its parent's layers and its own; history tells which step made which", () => {
  const base = layersOf(image);
  const app = layersOf("app");
  assert.equal(base.length, 1);
  assert.deepEqual(app.slice(0, 1), base);
  assert.equal(app.length, 6, "the base, RUN, WORKDIR, COPY, RUN, RUN");
  const history = dockerd.succeed(["history", "--no-trunc", "--format", "{{.CreatedBy}}", "app"]).split("\n");
  assert.match(history[0] ?? "", /CMD \["and" "arguments"\]/);
  assert.ok(history.some((line) => line.includes("/bin/sh -c chmod 755 program")));
});

test("two images share the layers that they have in common on disk", () => {
  const input = "FROM app\nUSER root\nRUN echo more >/more";
  dockerd.succeed(["build", "--quiet", "--tag", "derived", "-"], { ...legacy, input });
  assert.deepEqual(layersOf("derived").slice(0, -1), layersOf("app"));
  const lowerOf = (name: string) => dockerd.inspect(name, ".GraphDriver.Data.LowerDir").split(":");
  assert.ok(lowerOf("derived").includes(dockerd.inspect("app", ".GraphDriver.Data.UpperDir")));
});

test("diff says what a container has changed, and its own layer has nothing else", () => {
  const script = "echo more >>/etc/passwd; rm /etc/group; mkdir /new; touch /new/file; echo x >/dev/shm/x";
  using container = new Container(dockerd, [...offline, image, "sh", "-c", script]);
  assert.equal(dockerd.succeed(["wait", container.id]), "0");
  const changes = dockerd.succeed(["diff", container.id]).split("\n").sort();
  assert.deepEqual(changes, ["A /new", "A /new/file", "C /etc", "C /etc/passwd", "D /etc/group"]);
  const layer = join(machine.root, container.inspect(".GraphDriver.Data.UpperDir"));
  assert.deepEqual(readdirSync(layer).sort(), ["etc", "new"]);
});

test("what one container writes another one of the same image does not see", () => {
  using first = Container.idle(dockerd);
  using second = Container.idle(dockerd);
  first.exec("sh", "-c", "echo changed >/etc/passwd");
  assert.equal(first.exec("cat", "/etc/passwd"), "changed");
  assert.match(second.exec("cat", "/etc/passwd"), /^root:x:0:0/);
  assert.match(first.inspect(".GraphDriver.Name"), /^overlay2$/);
});

test("commit makes an image of a container, while it runs too", () => {
  using container = Container.idle(dockerd, ["--env", "KEPT=yes"]);
  container.exec("sh", "-c", "echo done by hand >/result");
  dockerd.succeed([
    "commit",
    "--change",
    'CMD ["sh", "-c", "cat /result; echo $KEPT"]',
    container.id,
    "made:1",
  ]);
  assert.equal(container.inspect(".State.Running"), "true");
  assert.equal(dockerd.succeed(["run", "--rm", ...offline, "made:1"]), "done by hand\nyes");
  assert.deepEqual(layersOf("made:1").slice(0, 1), layersOf(image));
});

test("tag gives an image a second name, and rmi takes one away", () => {
  dockerd.succeed(["tag", "made:1", "example.org/team/made:stable"]);
  assert.equal(dockerd.inspect("example.org/team/made:stable", ".Id"), dockerd.inspect("made:1", ".Id"));
  assert.equal(dockerd.succeed(["rmi", "made:1"]), "Untagged: made:1");
  assert.equal(dockerd.succeed(["images", "--quiet", "made"]), "");
  assert.match(dockerd.succeed(["rmi", "example.org/team/made:stable"]), /Deleted: sha256:/);
});

test("an image in use cannot be removed", () => {
  using _container = Container.idle(dockerd);
  const { status, stderr } = dockerd.docker(["rmi", image]);
  assert.equal(status, 1);
  assert.match(stderr, /unable to (remove repository reference|delete)/);
});

test("save and load carry an image with its layers, export and import a container's root", () => {
  machine.succeed(["sh", "-c", "docker save --output /root/app.tar app"]);
  const id = dockerd.inspect("app", ".Id");
  dockerd.succeed(["rmi", "--force", "derived", "again", "app"]);
  assert.notEqual(dockerd.docker(["inspect", "app"]).status, 0);
  assert.match(dockerd.succeed(["load", "--input", "/root/app.tar"]), /Loaded image: app:latest/);
  assert.equal(dockerd.inspect("app", ".Id"), id);
  using container = Container.idle(dockerd);
  container.exec("touch", "/exported");
  machine.succeed(["sh", "-c", `docker export ${container.id} | docker import - flat`]);
  assert.match(dockerd.succeed(["run", "--rm", ...offline, "flat", "ls", "/"]), /^exported$/m);
});
