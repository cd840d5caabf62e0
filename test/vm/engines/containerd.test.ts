// containerd with the systemd driver on cgroup v2.
import assert from "node:assert/strict";
import { join } from "node:path";
import { runtimePath } from "../../helpers/runtime.ts";
import { until } from "../../helpers/wait.ts";
import { engineTests, propertyOf, run, succeed } from "./guest.ts";

let socket = "";

const ctr = (...args: readonly string[]): string[] => ["ctr", "--address", socket, ...args];

const it = engineTests((folder) => {
  socket = join(folder.path, "containerd.sock");
  const config = `version = 2
root = "${folder.path}/root"
state = "${folder.path}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "${socket}"
`;
  folder.start(["containerd", "--config", folder.write("containerd.toml", config)]);
  until("containerd", () => run(ctr("version")).status === 0);
});

/** `ctr run` of a container in a scope of system.slice. */
const ctrRun = (rootfs: string, id: string, ...args: readonly string[]): string[] => [
  ...ctr("run", "--runc-binary", runtimePath, "--runc-systemd-cgroup", "--cgroup", `system.slice:ctr:${id}`),
  ...["--memory-limit", String(64 << 20), "--rootfs"],
  ...args.slice(0, -2),
  ...[rootfs, id],
  ...args.slice(-2),
];

it("systemd: ctr runs a container in a scope of its own", ({ rootfs }) => {
  const cgroup = succeed(ctrRun(rootfs, "one", "--rm", "/bin/cat", "/proc/self/cgroup"));
  assert.equal(cgroup, "0::/system.slice/ctr-one.scope");
});

it("systemd: a task has its limits, statistics and processes in the scope", ({ rootfs }) => {
  succeed(ctrRun(rootfs, "two", "--detach", "/bin/sleep", "1000000"));
  assert.equal(propertyOf("ctr-two.scope", "MemoryMax"), String(64 << 20));
  assert.equal(propertyOf("ctr-two.scope", "Slice"), "system.slice");
  const metrics = succeed(ctr("tasks", "metrics", "two"));
  assert.match(metrics, /^pids\.current\s+1\s*$/m);
  const cgroup = succeed(ctr("tasks", "exec", "--exec-id", "x", "two", "/bin/cat", "/proc/self/cgroup"));
  assert.equal(cgroup, "0::/system.slice/ctr-two.scope");
  succeed(ctr("tasks", "pause", "two"));
  assert.match(succeed(ctr("tasks", "list")), /^two\s+\d+\s+PAUSED/m);
  succeed(ctr("tasks", "resume", "two"));
  succeed(ctr("tasks", "kill", "--signal", "KILL", "two"));
  until("the task to stop", () => /^two\s+\d+\s+STOPPED/m.test(succeed(ctr("tasks", "list"))));
  assert.equal(run(ctr("tasks", "delete", "two")).status, 0);
  succeed(ctr("containers", "delete", "two"));
  until("the scope to go", () => propertyOf("ctr-two.scope", "ActiveState") === "inactive");
});
