// Docker of Debian's next release: what it asks of a runtime, or reads in its words, in another way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../helpers/wait.ts";
import { Container, offline, outputOf, runOnce } from "./helpers/docker-container.ts";
import { type Failure, failures } from "./helpers/docker-failures.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image, runtimeInDocker } from "./helpers/dockerd.ts";

const dockerd = dockerForFile({ suite: "forky" });
const MIB = 1 << 20;

const all: readonly Failure[] = [
  ...failures,
  ["a directory", "/etc", 126, /exec: "\/etc": .*is a directory/],
];

for (const [what, program, status, words] of all) {
  test(`run and exec of ${what} end with ${status} and say why`, () => {
    const result = runOnce(dockerd, [], [program]);
    assert.match(result.stderr, words);
    assert.equal(result.status, status);
    using container = Container.idle(dockerd);
    const execution = dockerd.docker(["exec", container.id, program]);
    assert.match(execution.stdout + execution.stderr, words);
    assert.equal(execution.status, status);
  });
}

test("info has read the runtime's features", () => {
  const runtimes = JSON.parse(dockerd.succeed(["info", "--format", "{{json .Runtimes}}"]));
  const { path, status } = runtimes[runtimeInDocker];
  assert.equal(path, dockerd.machine.runtime);
  const features = JSON.parse(status["org.opencontainers.runtime-spec.features"]);
  assert.match(features.ociVersionMax, /^1\.\d+\.\d+/);
  assert.ok(features.linux.namespaces.includes("user"));
});

test("a bind mount that is read-only is so recursively", () => {
  const { machine } = dockerd;
  machine.succeed(["mkdir", "-p", "/srv/outer/inner"]);
  machine.succeed(["mount", "-t", "tmpfs", "inner", "/srv/outer/inner"]);
  const { status, stderr } = runOnce(dockerd, ["--volume", "/srv/outer:/x:ro"], ["touch", "/x/inner/file"]);
  assert.equal(status, 1);
  assert.match(stderr, /Read-only file system/);
  const option = "type=bind,source=/srv/outer,target=/x,readonly,bind-recursive=writable";
  assert.equal(outputOf(dockerd, ["--mount", option], ["touch", "/x/inner/file"]), "");
  machine.succeed(["umount", "/srv/outer/inner"]);
});

test("build by BuildKit runs its steps, and says with which status one fails", () => {
  const input = `FROM ${image}\nRUN echo built >/built\nCMD ["cat", "/built"]`;
  const env = { DOCKER_BUILDKIT: "1" };
  const build = ["build", "--network", "none", "--quiet"];
  dockerd.succeed([...build, "--tag", "built", "-"], { input, env });
  assert.equal(dockerd.succeed(["run", "--rm", ...offline, "built"]), "built");
  const failed = dockerd.docker([...build, "-"], { input: `FROM ${image}\nRUN exit 23`, env });
  assert.match(failed.stderr, /did not complete successfully: exit code: 23/);
});

test("limits, update, statistics and an end by lack of memory", () => {
  const script = "until [ -e /go ]; do sleep 0.02; done; exec dd if=/dev/zero of=/dev/null bs=64M count=1";
  const options = [...offline, "--memory", "32m", "--memory-swap", "32m", "--pids-limit", "9"];
  using container = new Container(dockerd, [...options, image, "sh", "-c", script]);
  dockerd.succeed(["update", "--memory", "16m", "--memory-swap", "16m", "--cpus", "0.5", container.id]);
  assert.equal(container.cgroupFile("memory", "memory.limit_in_bytes"), String(16 * MIB));
  assert.equal(container.cgroupFile("cpu", "cpu.cfs_quota_us"), "50000");
  const stats = dockerd.succeed(["stats", "--no-stream", "--format", "{{.MemUsage}}", container.id]);
  assert.match(stats, / \/ 16MiB$/);
  container.touch("/go");
  assert.equal(dockerd.succeed(["wait", container.id]), "137");
  until("the word of the kill", () => container.inspect(".State.OOMKilled") === "true");
});

test("pause, exec, top, restart and stop", () => {
  using container = Container.idle(dockerd, ["--init", "--publish-all"]);
  dockerd.succeed(["pause", container.id]);
  assert.equal(container.cgroupFile("freezer", "freezer.state"), "FROZEN");
  dockerd.succeed(["unpause", container.id]);
  assert.equal(container.exec("echo", "here"), "here");
  assert.match(
    dockerd.succeed(["top", container.id, "-o", "pid,args"]),
    /docker-init -- sleep 1000\n.*sleep 1000/,
  );
  dockerd.succeed(["restart", "--timeout", "60", container.id]);
  dockerd.succeed(["stop", "--timeout", "60", container.id]);
  assert.equal(container.inspect(".State.ExitCode"), "143");
});

test("a health check, events and logs", () => {
  const check = ["--health-cmd", "true", "--health-interval", "100ms"];
  using container = new Container(dockerd, [
    ...offline,
    ...check,
    image,
    "sh",
    "-c",
    "echo out; echo err >&2; exec sleep 1000",
  ]);
  until("health", () => container.inspect(".State.Health.Status") === "healthy");
  const { stdout, stderr } = dockerd.docker(["logs", container.id]);
  assert.deepEqual([stdout, stderr], ["out\n", "err\n"]);
});
