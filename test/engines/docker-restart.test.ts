// What happens to containers when something of Docker's own dies above them.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { until } from "../helpers/wait.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image } from "./helpers/dockerd.ts";

const dockerd = dockerForFile({ config: { "live-restore": true } });
const { machine } = dockerd;
afterEach(() => dockerd.removeAll());

/** Counts until it is told to end, and says that it was. */
const counter = 'trap "echo told; exit 7" TERM; n=0; while :; do echo $((n += 1)); sleep 0.1; done';

function startCounter(name: string, flags: readonly string[] = []): void {
  dockerd.succeed(["run", "--detach", "--name", name, ...flags, image, "sh", "-c", counter]);
  until("it counts", () => logOf(name).length > 0);
}

const logOf = (name: string) => dockerd.succeed(["logs", name]).split("\n").filter(Boolean);
const pidOf = (name: string) => dockerd.inspect(name, ".State.Pid");
const statusOf = (name: string) => dockerd.inspect(name, ".State.Status");

/** Checks that a counter has gone on, and that no line of it is lost. */
function hasGoneOn(name: string, pid: string): void {
  assert.equal(pidOf(name), pid, "the same process");
  isWhole(name);
  const lines = logOf(name).slice(0, -1);
  assert.deepEqual(
    lines,
    lines.map((_, i) => String(i + 1)),
  );
}

/** Checks that a counter counts, can be looked into, and ends. */
function isWhole(name: string): void {
  const before = logOf(name).length;
  until("it counts on", () => logOf(name).length > before + 2);
  assert.equal(dockerd.succeed(["exec", name, "cat", "/proc/1/comm"]), "sh");
  assert.match(dockerd.succeed(["top", name]), /while :/);
  dockerd.succeed(["stop", name]);
  assert.equal(dockerd.inspect(name, ".State.ExitCode"), "7");
  assert.equal(logOf(name).at(-1), "told");
}

for (const signal of ["KILL", "TERM"] as const) {
  test(`live-restore: containers go on when dockerd is ended by SIG${signal} and started again`, async () => {
    startCounter("goes-on");
    const pid = pidOf("goes-on");
    await dockerd.restart(signal);
    hasGoneOn("goes-on", pid);
  });
}

test("live-restore: a terminal, limits and a network survive dockerd", async () => {
  dockerd.succeed(["network", "create", "kept"]);
  dockerd.succeed(["run", "-dt", "--name", "typed", "--net=kept", "--memory=32m", image, "sh"]);
  await dockerd.restart("KILL");
  const script = "tty; cat /proc/self/cgroup | grep -c docker; ip -o -4 addr show eth0 | wc -l";
  assert.match(dockerd.succeed(["exec", "-t", "typed", "sh", "-c", script]), /^\/dev\/pts\/\d+\s+\d+\s+1$/);
  dockerd.succeed(["update", "--memory=40m", "--memory-swap=-1", "typed"]);
  const cgroup = `/sys/fs/cgroup/memory/docker/${dockerd.inspect("typed", ".Id")}`;
  assert.equal(machine.read(`${cgroup}/memory.limit_in_bytes`).trim(), String(40 << 20));
  dockerd.succeed(["rm", "-f", "typed"]);
  dockerd.succeed(["network", "rm", "kept"]);
});

test("live-restore: dockerd learns what ended while it was away", async () => {
  dockerd.succeed([
    "run",
    "-d",
    "--name",
    "brief",
    image,
    "sh",
    "-c",
    "until [ -e /end ]; do sleep 0.1; done; exit 9",
  ]);
  const root = dockerd.inspect("brief", ".GraphDriver.Data.MergedDir");
  const pid = pidOf("brief");
  machine.succeed(["sh", "-c", `kill -KILL ${dockerd.pid} && touch ${root}/end`]);
  until("the container is gone", () => machine.run(["test", "-d", `/proc/${pid}`]).status === 1);
  await dockerd.restart("KILL");
  until("dockerd knows", () => statusOf("brief") === "exited");
  // Docker 28 forgets the status of what ended while its containerd was away, too.
  assert.equal(dockerd.inspect("brief", ".State.ExitCode"), machine.suite === "bookworm" ? "9" : "255");
});

test("live-restore: a paused container is paused still, and goes on", async () => {
  startCounter("stopped");
  const pid = pidOf("stopped");
  dockerd.succeed(["pause", "stopped"]);
  await dockerd.restart("KILL");
  assert.equal(statusOf("stopped"), "paused");
  dockerd.succeed(["unpause", "stopped"]);
  hasGoneOn("stopped", pid);
});

/** dockerd's own containerd. */
const containerd = () => machine.run(["pgrep", "-x", "containerd", "-P", String(dockerd.pid)]).stdout.trim();

test("containers go on when containerd is killed, and dockerd starts another", () => {
  startCounter("goes-on");
  const pid = pidOf("goes-on");
  const before = containerd();
  machine.succeed(["kill", "-KILL", before]);
  until("another containerd", () => containerd() !== before && containerd() !== "");
  until("it knows the container", () => dockerd.docker(["exec", "goes-on", "true"]).status === 0);
  hasGoneOn("goes-on", pid);
  assert.equal(dockerd.succeed(["run", "--rm", image, "echo", "new"]), "new");
});

/** The parent of a container's init: what containerd has started to look after it. */
const shimOf = (name: string) =>
  /^PPid:\s*(\d+)/m.exec(machine.read(`/proc/${pidOf(name)}/status`))?.[1] ?? "";

test("a container whose shim is killed ends, and can be started again", () => {
  startCounter("orphan");
  const pid = pidOf("orphan");
  assert.match(machine.read(`/proc/${shimOf("orphan")}/comm`), /^containerd-shim/);
  machine.succeed(["kill", "-KILL", shimOf("orphan")]);
  until("dockerd sees its end", () => statusOf("orphan") === "exited");
  assert.equal(dockerd.inspect("orphan", ".State.ExitCode"), "137");
  until("its process is gone", () => machine.run(["test", "-d", `/proc/${pid}`]).status === 1);
  const state = `find /run/docker/runtime-* /sys/fs/cgroup/*/docker -name '${dockerd.inspect("orphan", ".Id")}'`;
  until("nothing is left of it", () => machine.run(["sh", "-c", state]).stdout === "");
  dockerd.succeed(["start", "orphan"]);
  isWhole("orphan");
});

test("a container whose shim is killed is restarted by --restart=always", () => {
  startCounter("stubborn", ["--restart=always"]);
  const pid = pidOf("stubborn");
  machine.succeed(["kill", "-KILL", shimOf("stubborn")]);
  until("it is restarted", () => statusOf("stubborn") === "running" && pidOf("stubborn") !== pid);
  assert.equal(dockerd.inspect("stubborn", ".RestartCount"), "1");
});
