import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { arch, geteuid, pid } from "node:process";
import { test } from "node:test";
import { readHostCgroups } from "../../../../src/cgroups/host.ts";
import { readCalls } from "../../../../src/doctor/read/calls.ts";
import { attainable, readCgroups } from "../../../../src/doctor/read/cgroups.ts";
import { readKernel } from "../../../../src/doctor/read/kernel.ts";
import { hardLimit, keysOf, readLimits } from "../../../../src/doctor/read/limits.ts";
import { parseProcMounts, readProcMounts } from "../../../../src/doctor/read/proc.ts";
import { parseStatus, readRights } from "../../../../src/doctor/read/rights.ts";
import { readRoot } from "../../../../src/doctor/read/root.ts";
import { readScratch } from "../../../../src/doctor/read/scratch.ts";
import { subordinateIds } from "../../../../src/doctor/read/users.ts";
import { withDirectory } from "../../../helpers/directory.ts";
import { hostMounts } from "../../../helpers/mountinfo.ts";

/** Those of the main thread, and so all that hands are. */
function childrenOf(process: number): string[] {
  return readFileSync(`/proc/${process}/task/${process}/children`, "utf8").split(" ").filter(Boolean);
}

test("readKernel() reads this machine's", () => {
  const kernel = readKernel();
  assert.equal(kernel.release, release());
  assert.equal(kernel.architecture, arch);
});

test("readCalls() tries the calls that this kernel has", () => {
  const { missingActions, ...calls } = readCalls();
  const works = Object.entries(calls).filter(([, outcome]) => outcome === "");
  assert.ok(
    works.some(([name]) => name === "pidfdOpen"),
    JSON.stringify(calls),
  );
  assert.deepEqual(missingActions, []);
});

test("readScratch() leaves no process and no mount", () => {
  const before = hostMounts().map(({ line }) => line);
  const scratch = readScratch("/");
  assert.equal(scratch.mounts, "");
  assert.equal(scratch.namespaces.mount, "");
  assert.deepEqual(
    hostMounts().map(({ line }) => line),
    before,
  );
  assert.deepEqual(childrenOf(pid), []);
});

test("readCgroups() sees the host's", () => {
  const { mode, v1, v2 } = readCgroups();
  const host = readHostCgroups();
  assert.equal(mode, host.mode);
  assert.equal(v1.length, host.v1.length);
  assert.equal(v2 === undefined, host.v2 === undefined);
});

test("attainable() follows controllers down, and turns them on where it may", () => {
  withDirectory((directory) => {
    const way = [directory, `${directory}/a`, `${directory}/a/b`];
    for (const path of way) {
      mkdirSync(path, { recursive: true });
      writeFileSync(`${path}/cgroup.subtree_control`, "");
    }
    writeFileSync(`${directory}/cgroup.controllers`, "cpu memory pids\n");
    assert.deepEqual(attainable(way), ["cpu", "memory", "pids"], "root may turn all of them on");
    // Who may not write the file, or has none, gets what was turned on before.
    rmSync(`${directory}/a/cgroup.subtree_control`);
    assert.deepEqual(attainable(way), []);
  });
});

test("hardLimit() reads a line of /proc/PID/limits", () => {
  const text = [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    "Max open files            1024                 20000                files     ",
    "Max processes             unlimited            unlimited            processes ",
  ].join("\n");
  assert.equal(hardLimit(text, "Max open files"), 20_000);
  assert.equal(hardLimit(text, "Max processes"), Number.POSITIVE_INFINITY);
  assert.equal(hardLimit(text, "Max locked memory"), undefined);
  assert.ok((readLimits().descriptors ?? 0) > 0);
});

test("keysOf() reads a user's line of /proc/key-users", () => {
  const text = "    0:   126 125/125 62/1000000 1450/25000000\n 1000:     2 2/2 1/200 9/20000\n";
  assert.equal(keysOf(text, 0), 62);
  assert.equal(keysOf(text, 1000), 1);
  assert.equal(keysOf(text, 100), undefined);
});

test("subordinateIds() adds up the ranges of a user, by name or number", () => {
  const text = "root:100000:65536\nanna:165536:65536\n1000:300000:1000\nannabel:1:7\nanna:x:y\n\n";
  assert.equal(subordinateIds(text, ["1000", "anna"]), 66_536);
  assert.equal(subordinateIds(text, ["7", ""]), 0);
});

test("parseStatus() reads rights", () => {
  const text =
    "Name:\tx\nCapPrm:\t0000000000000000\nCapEff:\t0000000000200001\nNoNewPrivs:\t1\nSeccomp:\t2\n";
  assert.deepEqual(parseStatus(text), {
    capabilities: ["CAP_CHOWN", "CAP_SYS_ADMIN"],
    noNewPrivileges: true,
    filtered: true,
  });
  assert.deepEqual(parseStatus(""), { capabilities: [], noNewPrivileges: false, filtered: false });
  assert.equal(readRights().uid, geteuid?.());
});

test("parseProcMounts() tells what covers /proc from what belongs there", () => {
  const facts = parseProcMounts(
    [
      "22 1 0:20 / /proc rw,nosuid - proc proc rw,hidepid=2",
      "23 22 0:21 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw",
      "24 22 0:22 / /proc/kcore rw - tmpfs tmpfs rw",
      "25 22 0:20 /sys /proc/sys ro - proc proc rw",
      "26 1 0:23 / /sys rw - sysfs sysfs rw",
      "27 26 0:24 / /sys/fs/cgroup ro - tmpfs tmpfs ro",
      "28 26 0:25 / /sys/kernel/security rw - securityfs securityfs rw",
      "29 26 0:22 / /sys/firmware ro - tmpfs tmpfs ro",
      "30 1 0:26 / /dev/pts rw - devpts devpts rw",
    ].join("\n"),
  );
  assert.deepEqual(facts, {
    mounted: true,
    readOnly: false,
    hiding: ["hidepid=2"],
    covered: ["/proc/kcore", "/proc/sys", "/sys/firmware"],
    terminals: true,
  });
  assert.equal(parseProcMounts("").mounted, false);
  assert.equal(readProcMounts().mounted, true);
});

test("readRoot() looks at the nearest directory, and makes none", () => {
  withDirectory((directory) => {
    const root = readRoot(`${directory}/a/b`);
    assert.deepEqual([root.exists, root.nearest, root.writable], [false, directory, true]);
    assert.ok(root.freeBytes > 0);
    mkdirSync(`${directory}/a`);
    writeFileSync(`${directory}/a/b`, "");
    assert.equal(readRoot(`${directory}/a/b/c`).writable, false, "a file is in the way");
  });
});
