// What `docker run` and `docker exec` end with, and the words by which Docker finds that status.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Container, forever, offline, outputOf, runOnce } from "./helpers/docker-container.ts";
import { type Failure, failures } from "./helpers/docker-failures.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image } from "./helpers/dockerd.ts";

const dockerd = dockerForFile();
/** A program that ends by itself when it is asked to. */
const handles = ["sh", "-c", 'trap "echo bye; exit 3" TERM; echo ready; while :; do sleep 0.05; done'];

test("run passes the program's exit status on", () => {
  assert.equal(runOnce(dockerd, [], ["sh", "-c", "exit 7"]).status, 7);
});

test("run of a program that a signal ends has 128 and its number", () => {
  assert.equal(runOnce(dockerd, ["--init"], ["sh", "-c", "kill -ABRT $$"]).status, 134);
});

const all: readonly Failure[] = [
  ...failures,
  ["a directory", "/etc", 126, /exec: "\/etc": permission denied/],
  ["a path through a file", "/etc/passwd/x", 125, /exec: "\/etc\/passwd\/x": .*not a directory/],
];

for (const [what, program, status, words] of all) {
  test(`run of ${what} ends with ${status} and says why`, () => {
    const result = dockerd.docker(["run", "--name", "failed", ...offline, image, program]);
    assert.match(result.stderr, /Error response from daemon: .*OCI runtime create failed: /);
    assert.match(result.stderr, words);
    assert.equal(result.status, status);
    assert.equal(dockerd.inspect("failed", ".State.Status"), "created");
    dockerd.succeed(["rm", "failed"]);
  });
}

test("run ends with 125 where Docker itself fails", () => {
  assert.equal(runOnce(dockerd, ["--no-such-flag"], ["true"]).status, 125);
});

test("run ends with 125 where the runtime fails, whose message is shown", () => {
  const { status, stderr } = runOnce(dockerd, ["--volume", "/etc/hostname:/etc"], ["true"]);
  assert.equal(status, 125);
  assert.match(stderr, /error mounting "\/etc\/hostname" to rootfs at "\/etc".*: not a directory/);
});

test("exec passes the command's exit status on", () => {
  using container = Container.idle(dockerd);
  const statusOf = (...command: string[]) => dockerd.docker(["exec", container.id, ...command]).status;
  assert.equal(statusOf("sh", "-c", "exit 9"), 9);
  assert.equal(statusOf("sh", "-c", "kill -9 $$"), 137);
});

test("exec of what cannot be executed ends with 126 and says why", () => {
  using container = Container.idle(dockerd);
  for (const [, program, , words] of all) {
    const { status, stderr, stdout } = dockerd.docker(["exec", container.id, program]);
    assert.match(stdout + stderr, /OCI runtime exec failed: exec failed: /);
    assert.match(stdout + stderr, words);
    assert.equal(status, 126, program);
  }
});

test("stop lets a program that handles SIGTERM end by itself", () => {
  using container = new Container(dockerd, [...offline, image, ...handles]);
  container.says("ready");
  dockerd.succeed(["stop", "--time", "60", container.id]);
  assert.equal(container.inspect(".State.ExitCode"), "3");
});

test("stop of a program that SIGTERM ends gives 143", () => {
  using container = Container.idle(dockerd, ["--init"]);
  dockerd.succeed(["stop", "--time", "60", container.id]);
  assert.equal(container.inspect(".State.ExitCode"), "143");
});

test("stop kills a program that ignores SIGTERM, which gives 137", () => {
  using container = Container.idle(dockerd);
  dockerd.succeed(["stop", "--time", "1", container.id]);
  assert.equal(container.inspect(".State.ExitCode"), "137");
  assert.equal(container.inspect(".State.OOMKilled"), "false");
});

test("stop sends the signal that the container was given", () => {
  const script = 'trap "exit 4" USR1; echo ready; while :; do sleep 0.05; done';
  using container = new Container(dockerd, [...offline, "--stop-signal", "USR1", image, "sh", "-c", script]);
  container.says("ready");
  dockerd.succeed(["stop", "--time", "60", container.id]);
  assert.equal(container.inspect(".State.ExitCode"), "4");
});

test("kill sends SIGKILL or what it is told to, and wait tells the status", async () => {
  const script = 'trap "echo got USR2" USR2; echo ready; while :; do sleep 0.05; done';
  using container = new Container(dockerd, [...offline, image, "sh", "-c", script]);
  const waiting = dockerd.machine.spawn(["docker", "wait", container.id]);
  const told = (waiting.stdout ?? assert.fail()).setEncoding("utf8").toArray();
  container.says("ready");
  dockerd.succeed(["kill", "--signal", "USR2", container.id]);
  container.says("got USR2");
  dockerd.succeed(["kill", container.id]);
  assert.equal((await told).join(""), "137\n");
});

test("kill of a container that has ended says so", () => {
  using container = new Container(dockerd, [...offline, image, "true"]);
  dockerd.succeed(["wait", container.id]);
  const { status, stderr } = dockerd.docker(["kill", container.id]);
  assert.equal(status, 1);
  assert.match(stderr, /is not running/);
});

test("a container that has ended is started again", () => {
  using container = new Container(dockerd, [...offline, image, "sh", "-c", "echo again; exit 5"]);
  assert.equal(dockerd.succeed(["wait", container.id]), "5");
  assert.equal(dockerd.docker(["start", "--attach", container.id]).status, 5);
  assert.equal(dockerd.succeed(["logs", container.id]), "again\nagain");
});

test("create makes a container that start runs", () => {
  const id = dockerd.succeed(["create", ...offline, image, ...forever]);
  assert.equal(dockerd.inspect(id, ".State.Status"), "created");
  dockerd.succeed(["start", id]);
  assert.equal(dockerd.inspect(id, ".State.Status"), "running");
  dockerd.succeed(["rm", "--force", id]);
});

test("runc, which Docker always has, runs beside the runtime under test", () => {
  using other = Container.idle(dockerd, ["--runtime", "runc"]);
  assert.equal(other.exec("echo", "in runc"), "in runc");
  assert.equal(outputOf(dockerd, [], ["echo", "in ours"]), "in ours");
  assert.equal(other.inspect(".HostConfig.Runtime"), "runc");
});
