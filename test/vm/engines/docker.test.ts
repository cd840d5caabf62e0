// Docker with the systemd driver on cgroup v2.
import assert from "node:assert/strict";
import { join } from "node:path";
import { runtimeName, runtimePath } from "../../helpers/runtime.ts";
import { until } from "../../helpers/wait.ts";
import { engineTests, propertyOf, run, succeed } from "./guest.ts";

let host = "";
const docker = (...args: readonly string[]): string[] => ["docker", "--host", host, ...args];

/** The VM's kernel has no NAT. */
const it = engineTests((folder) => {
  host = `unix://${join(folder.path, "docker.sock")}`;
  const settings = {
    "default-runtime": "tested",
    runtimes: { tested: { path: runtimePath } },
    "exec-opts": ["native.cgroupdriver=systemd"],
    ...{ bridge: "none", iptables: false, ip6tables: false },
    ...{ "data-root": `${folder.path}/data`, "exec-root": `${folder.path}/exec` },
    ...{ hosts: [host], pidfile: `${folder.path}/docker.pid` },
  };
  folder.start(["dockerd", "--config-file", folder.write("daemon.json", JSON.stringify(settings))]);
  until("dockerd", () => run(docker("info")).status === 0);
  succeed(docker("import", folder.archive, "box"));
});

const idOf = (name: string): string => succeed(docker("inspect", "--format", "{{.Id}}", name));

it("systemd: docker takes the runtime and the driver", () => {
  const format = "{{.DefaultRuntime}} {{.CgroupDriver}} {{.CgroupVersion}}";
  assert.equal(succeed(docker("info", "--format", format)), "tested systemd 2");
  assert.ok(["tsrun", "runc"].includes(runtimeName));
});

it("systemd: a container's limits are its scope's, before and after docker update", () => {
  const flags = ["--memory", "64m", "--cpus", "0.5", "--pids-limit", "30"];
  succeed(docker("run", "--detach", "--name", "limited", ...flags, "box", "sleep", "1000000"));
  const scope = `docker-${idOf("limited")}.scope`;
  const limits = () => ["MemoryMax", "CPUQuotaPerSecUSec", "TasksMax"].map((name) => propertyOf(scope, name));
  assert.deepEqual(limits(), [String(64 << 20), "500ms", "30"]);
  const read = () => succeed(docker("exec", "limited", "cat", "/sys/fs/cgroup/memory.max"));
  assert.equal(read(), String(64 << 20));
  succeed(docker("update", "--memory", "128m", "--memory-swap", "128m", "limited"));
  assert.deepEqual([limits()[0], read()], [String(128 << 20), String(128 << 20)]);
  assert.match(succeed(docker("stats", "--no-stream", "limited")), /\/ 128MiB/);
});

it("systemd: devices stay usable over systemctl daemon-reload", () => {
  succeed(["systemctl", "daemon-reload"]);
  assert.equal(succeed(docker("exec", "limited", "sh", "-c", "head -c 3 /dev/zero | wc -c")), "3");
});

it("systemd: docker pauses, lists the processes, and removes the scope", () => {
  const scope = `docker-${idOf("limited")}.scope`;
  succeed(docker("pause", "limited"));
  assert.match(run(docker("exec", "limited", "true")).stderr, /paused/);
  succeed(docker("unpause", "limited"));
  assert.match(succeed(docker("top", "limited")), /sleep 1000000/);
  succeed(docker("rm", "--force", "limited"));
  until("the scope to go", () => propertyOf(scope, "ActiveState") === "inactive");
});

it("systemd: an OOM kill is reported as such", () => {
  // Of a child: the report of the first process's own may come too late for its exit.
  const eat = "(x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done); exec sleep 1000000";
  succeed(docker("run", "--detach", "--name", "eater", "--memory", "16m", "box", "sh", "-c", eat));
  const isReported = () => succeed(docker("inspect", "--format", "{{.State.OOMKilled}}", "eater")) === "true";
  until("the OOM kill to be reported", isReported);
  succeed(docker("rm", "--force", "eater"));
});

it("systemd: a container has Docker's AppArmor profile", () => {
  assert.equal(
    succeed(docker("run", "--rm", "box", "cat", "/proc/self/attr/current")),
    "docker-default (enforce)",
  );
});
