import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { openSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type Config, setNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

/** A kernel parameter of the container's ipc namespace, set to what a new namespace does not have. */
const name = "kernel.shm_rmid_forced";
const file = "/proc/sys/kernel/shm_rmid_forced";

function withSysctl(config: Config): void {
  config.process.args = ["/bin/cat", file];
  config.linux.sysctl = { [name]: "1" };
}

/** What somebody who shares the container's mounts may have put in the way before init writes. */
const obstacles = {
  "a tmpfs over a part of /proc": `mount -t tmpfs tmpfs /proc/sys/kernel && echo 0 >${file}`,
  "a tmpfs over /proc": "mount -t tmpfs tmpfs /proc && mkdir -p /proc/sys/kernel /proc/self/attr",
  "another file of procfs over the parameter": `mount --bind /proc/sys/vm/overcommit_ratio ${file}`,
};

for (const [obstacle, script] of Object.entries(obstacles)) {
  it(`a sysctl reaches the kernel past ${obstacle} (CVE-2025-52881)`, (box) => {
    const before = readFileSync("/proc/sys/vm/overcommit_ratio", "utf8");
    const result = box.run((config) => {
      withSysctl(config);
      const hook = { path: "/bin/sh", args: ["sh", "-c", script], env: ["PATH=/usr/bin:/bin"] };
      config.hooks = { createContainer: [hook] };
    });
    assert.equal(result.stdout, "1\n", result.stderr);
    assert.equal(readFileSync("/proc/sys/vm/overcommit_ratio", "utf8"), before);
  });
}

it("a time namespace is entered past what a mount namespace that is joined has at /proc", (box) => {
  const covered = [
    "mount -t tmpfs tmpfs /proc && mkdir -p /proc/self/ns && mkfifo /proc/self/ns/time_for_children",
    "echo ready && exec sleep 1000000",
  ].join(" && ");
  const owner = spawn("unshare", ["--mount", "sh", "-c", covered], {
    env: { PATH: process.env["PATH"], TSRUN_TEST: box.directory },
    stdio: ["ignore", openSync(join(box.directory, "ready"), "w"), "inherit"],
  });
  try {
    until("the mounts to be made", () => box.read(join(box.directory, "ready")) === "ready\n");
    const seen = box.look(["namespaces"], (config) => {
      setNamespace(config, "mount", `/proc/${owner.pid}/ns/mnt`);
      setNamespace(config, "time");
    });
    assert.equal(seen.value("namespace.time"), seen.value("namespace.time_for_children"));
    assert.notEqual(seen.value("namespace.time"), readlinkSync("/proc/self/ns/time"));
  } finally {
    owner.kill("SIGKILL");
  }
});

it("nothing of /proc/sys or of a process's attributes is opened by its path, says strace (CVE-2025-52881)", (box) => {
  const trace = join(box.directory, "trace");
  const result = box.run(withSysctl, {
    through: ["strace", "-f", "-e", "trace=open,openat,openat2,creat", "-o", trace],
  });
  assert.equal(result.stdout, "1\n", result.stderr);
  const calls = readFileSync(trace, "utf8").split("\n");
  const program = calls.findIndex((call) => call.includes(file));
  const before = calls.slice(0, program);
  const named = before.filter(
    (call) => /"\/proc\/(sys\/|[^"]*\/attr\/)/.test(call) && /O_(WRONLY|RDWR)/.test(call),
  );
  assert.deepEqual(named, []);
  const [written = "", ...others] = before.filter((call) => call.includes('"sys/kernel/shm_rmid_forced"'));
  assert.match(written, /openat2\(\d+, .*O_WRONLY.*RESOLVE_BENEATH/);
  for (const flag of ["NO_XDEV", "NO_MAGICLINKS", "NO_SYMLINKS"]) {
    assert.ok(written.includes(`RESOLVE_${flag}`), written);
  }
  assert.deepEqual(others, []);
});
