// Limits of `docker run` and `docker update`: what the container sees, what its cgroups have, and that they hold.
import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../helpers/wait.ts";
import { Container, offline, outputOf, runOnce } from "./helpers/docker-container.ts";
import { dockerForFile } from "./helpers/docker-for-file.ts";
import { image } from "./helpers/dockerd.ts";

const dockerd = dockerForFile();
const MIB = 1 << 20;
const cgroupPath = (cgroup: string) => `/sys/fs/cgroup/${cgroup}`;

test("--memory, --memory-swap, --memory-reservation and --memory-swappiness are the cgroup's", () => {
  const limits = ["--memory", "32m", "--memory-swap", "48m", "--memory-reservation", "16m"];
  using container = Container.idle(dockerd, [...limits, "--memory-swappiness", "10"]);
  const seen = container.exec("cat", cgroupPath("memory/memory.limit_in_bytes"));
  assert.equal(seen, String(32 * MIB));
  const file = (name: string) => container.cgroupFile("memory", `memory.${name}`);
  const bytes = ["limit_in_bytes", "memsw.limit_in_bytes", "soft_limit_in_bytes"].map(file);
  assert.deepEqual(
    bytes,
    [32, 48, 16].map((mib) => String(mib * MIB)),
  );
  assert.equal(file("swappiness"), "10");
});

test("a program that takes more than --memory is killed, and inspect says OOMKilled", () => {
  // Only once Docker says that it runs somebody surely listens for the kill.
  const script = "until [ -e /go ]; do sleep 0.02; done; exec dd if=/dev/zero of=/dev/null bs=64M count=1";
  const options = [...offline, "--memory", "16m", "--memory-swap", "16m"];
  using container = new Container(dockerd, [...options, image, "sh", "-c", script]);
  container.touch("/go");
  assert.equal(dockerd.succeed(["wait", container.id]), "137");
  until("the word of the kill", () => container.inspect(".State.OOMKilled") === "true");
  const query = ["--filter", "event=oom", "--filter", `container=${container.id}`, "--format", "{{.ID}}"];
  const events = () => dockerd.succeed(["events", "--since", "10m", "--until", "0s", ...query]);
  until("the event, once its second is over", () => events() === container.id);
});

test("--oom-kill-disable is the cgroup's", () => {
  const options = ["--memory", "20m", "--oom-kill-disable"];
  assert.match(
    outputOf(dockerd, options, ["cat", cgroupPath("memory/memory.oom_control")]),
    /^oom_kill_disable 1$/m,
  );
});

test("--cpus slows a program down", () => {
  const options = [...offline, "--cpus", "0.2"];
  using container = new Container(dockerd, [...options, image, "sh", "-c", "while :; do :; done"]);
  assert.equal(container.cgroupFile("cpu", "cpu.cfs_quota_us"), "20000");
  assert.equal(container.exec("cat", cgroupPath("cpu/cpu.cfs_quota_us")), "20000");
  until("throttling", () => /^nr_throttled [1-9]/m.test(container.cgroupFile("cpu", "cpu.stat")));
});

test("--cpu-shares, --cpu-period, --cpu-quota and --cpuset-cpus are the cgroup's", () => {
  const time = ["--cpu-shares", "10", "--cpu-period", "50000", "--cpu-quota", "20000"];
  using container = Container.idle(dockerd, [...time, "--cpuset-cpus", "0", "--cpuset-mems", "0"]);
  const files = ["shares", "cfs_period_us", "cfs_quota_us"].map((name) =>
    container.cgroupFile("cpu", `cpu.${name}`),
  );
  assert.deepEqual(files, ["10", "50000", "20000"]);
  assert.equal(container.cgroupFile("cpuset", "cpuset.cpus"), "0");
  assert.equal(container.exec("nproc"), "1");
});

test("--pids-limit keeps a container from forking", () => {
  const script = "for i in 1 2 3 4 5 6; do sleep 5 & done; wait";
  const { status, stderr } = runOnce(dockerd, ["--pids-limit", "4", "--init"], ["sh", "-c", script]);
  assert.equal(status, 2);
  assert.match(stderr, /can't fork: Resource temporarily unavailable/);
  assert.equal(outputOf(dockerd, ["--pids-limit", "4"], ["cat", cgroupPath("pids/pids.max")]), "4");
});

/** An idle container with limits that are to be changed. */
const limited = (memory: string, swap: string): Container =>
  Container.idle(dockerd, ["--memory", memory, "--memory-swap", swap, "--pids-limit", "10"]);

test("update changes the limits of a container that runs", () => {
  using container = limited("32m", "32m");
  const changes = ["--memory", "64m", "--memory-swap", "128m", "--cpus", "0.5", "--pids-limit", "20"];
  dockerd.succeed(["update", ...changes, "--cpu-shares", "77", "--cpuset-cpus", "1", container.id]);
  const files = [
    container.exec("cat", cgroupPath("memory/memory.limit_in_bytes")),
    container.cgroupFile("memory", "memory.memsw.limit_in_bytes"),
    container.cgroupFile("cpu", "cpu.cfs_quota_us"),
    container.cgroupFile("cpu", "cpu.shares"),
    container.cgroupFile("cpuset", "cpuset.cpus"),
    container.cgroupFile("pids", "pids.max"),
  ];
  assert.deepEqual(files, [64 * MIB, 128 * MIB, 50000, 77, 1, 20].map(String));
  assert.equal(container.inspect(".HostConfig.Memory"), String(64 * MIB));
});

test("update lowers the limits, too, and leaves the others", () => {
  using container = limited("64m", "128m");
  dockerd.succeed(["update", "--memory", "16m", "--memory-swap", "16m", container.id]);
  assert.equal(container.cgroupFile("memory", "memory.limit_in_bytes"), String(16 * MIB));
  assert.equal(container.cgroupFile("memory", "memory.memsw.limit_in_bytes"), String(16 * MIB));
  assert.equal(container.cgroupFile("pids", "pids.max"), "10");
});

test("update that the kernel refuses fails, says what it was, and changes nothing", () => {
  using container = limited("64m", "64m");
  container.exec("dd", "if=/dev/zero", "of=/dev/shm/file", "bs=1M", "count=20");
  const changes = ["--memory", "8m", "--memory-swap", "8m", "--pids-limit", "20"];
  const { status, stderr } = dockerd.docker(["update", ...changes, container.id]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /Cannot update container .*: exit status 1: unable to set memory limit to 8388608 \(current usage/,
  );
  assert.equal(container.cgroupFile("memory", "memory.limit_in_bytes"), String(64 * MIB));
  assert.equal(container.cgroupFile("memory", "memory.memsw.limit_in_bytes"), String(64 * MIB));
  assert.equal(container.cgroupFile("pids", "pids.max"), "10");
});

test("pause freezes a container, which unpause lets go on", () => {
  const script = "while :; do echo x; sleep 0.02; done";
  using container = new Container(dockerd, [...offline, image, "sh", "-c", script]);
  const lines = () => dockerd.succeed(["logs", "--tail", "all", container.id]).length;
  dockerd.succeed(["pause", container.id]);
  assert.equal(container.cgroupFile("freezer", "freezer.state"), "FROZEN");
  assert.match(dockerd.succeed(["ps", "--format", "{{.Status}}"]), /\(Paused\)/);
  assert.match(dockerd.docker(["exec", container.id, "true"]).stderr, /is paused, unpause the container/);
  assert.match(dockerd.docker(["pause", container.id]).stderr, /is already paused/);
  dockerd.succeed(["unpause", container.id]);
  assert.equal(container.cgroupFile("freezer", "freezer.state"), "THAWED");
  const before = lines();
  until("more lines", () => lines() > before);
});

test("a container that is paused is killed and removed", () => {
  const container = Container.idle(dockerd);
  dockerd.succeed(["pause", container.id]);
  dockerd.succeed(["rm", "--force", container.id]);
  assert.notEqual(dockerd.docker(["inspect", container.id]).status, 0);
});

test("top lists the container's processes, by ps's own columns too", () => {
  using container = Container.idle(dockerd);
  const execution = dockerd.machine.spawn(["docker", "exec", container.id, "sleep", "2000"]);
  until("both processes", () => /sleep 1000.*sleep 2000/s.test(dockerd.succeed(["top", container.id])));
  const rows = dockerd.succeed(["top", container.id, "-o", "pid,args"]).split("\n");
  assert.deepEqual([rows[0]?.trim().split(/\s+/), rows.length], [["PID", "COMMAND"], 3]);
  assert.match(rows[1] ?? "", new RegExp(`^${container.inspect(".State.Pid")}\\s+sleep 1000`));
  execution.kill("SIGKILL");
});

test("stats has the memory, limits and processes of a container", () => {
  using container = Container.idle(dockerd, ["--memory", "32m", "--pids-limit", "10"]);
  const stats = JSON.parse(dockerd.succeed(["stats", "--no-stream", "--format", "{{json .}}", container.id]));
  assert.match(stats.MemUsage, /^\d+(\.\d+)?KiB \/ 32MiB$/);
  assert.match(stats.CPUPerc, /^\d+\.\d+%$/);
  assert.equal(stats.PIDs, "1");
});

test("the least memory that Docker allows is enough to start", () => {
  assert.equal(outputOf(dockerd, ["--memory", "6m", "--memory-swap", "6m"], ["echo", "runs"]), "runs");
});
