// What happens between the clone and execve is data: the records, in the order that the sources argue for.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, mapUsers } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

const PR_SET_MM = 35;
const LAST_BATCH = "last batch: ";

/** The records of a container's init as --debug lists them, without their results. */
function recordsOf(box: Sandbox, adjust: (config: Config) => void = () => {}): string[] {
  const id = box.newId();
  const log = join(box.directory, `${id}.json`);
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    adjust(config);
  });
  box.succeed(["--debug", "--log", log, "--log-format", "json", "run", "--bundle", bundle, id]);
  const messages = readFileSync(log, "utf8").trim().split("\n");
  return messages.flatMap((line) => {
    const { msg } = JSON.parse(line) as { msg: string };
    const record = /^init \d+: (.*)$/s.exec(msg)?.[1];
    return record === undefined ? [] : [record.replace(/ = -?\d+$/, "")];
  });
}

/** Index of the first record that matches; fails where there is none. */
function first(records: readonly string[], pattern: RegExp): number {
  const index = records.findIndex((record) => pattern.test(record));
  assert.ok(index >= 0, `no record ${pattern} in\n${records.join("\n")}`);
  return index;
}

function last(records: readonly string[], pattern: RegExp): number {
  const index = records.findLastIndex((record) => pattern.test(record));
  assert.ok(index >= 0, `no record ${pattern} in\n${records.join("\n")}`);
  return index;
}

/** Fails unless a record of each pattern is there and all of one come before all of the next. */
function assertOrder(records: readonly string[], patterns: readonly RegExp[]): void {
  for (const [index, pattern] of patterns.entries()) {
    const next = patterns[index + 1];
    if (next === undefined) continue;
    const [end, start] = [last(records, pattern), first(records, next)];
    assert.ok(end < start, `${records[end]} comes behind ${records[start]}`);
  }
}

const sealing = new RegExp(`^prctl\\(${PR_SET_MM}, `);
const anyMount = /^(mount|open_tree|fsopen|fsmount|move_mount|mount_setattr|pivot_root|umount2)\(/;
const rootIsMade = /^(open_tree|fsopen|fsconfig|fsmount|move_mount|mknodat|symlinkat)\(/;

it("init's first record ties its life to its parent's", (box) => {
  assert.equal(recordsOf(box)[0], "prctl(PR_SET_PDEATHSIG)");
});

it("init is sealed, undumpable and has default signals before it touches a mount", (box) => {
  const records = recordsOf(box);
  assertOrder(records.slice(0, first(records, anyMount) + 1), [
    sealing,
    /^rt_sigaction\(/,
    /^rt_sigprocmask\(/,
    anyMount,
  ]);
  const undumpable = first(records, /PR_SET_DUMPABLE/);
  assert.ok(first(records, sealing) < undumpable && undumpable < first(records, anyMount));
});

it("init's mounts come before the change of the root, and the old root goes right behind it", (box) => {
  const records = recordsOf(box, (config) => {
    config.linux.maskedPaths = [];
    config.linux.readonlyPaths = [];
  });
  const pivot = first(records, /^pivot_root\(/);
  assert.ok(last(records, /^fsmount\(/) < pivot);
  const behind = records.slice(pivot + 1).filter((record) => !/^(close|openat)\(/.test(record));
  assert.deepEqual(behind.slice(0, 4), ["fchdir(fd)", 'mount("" on ".")', 'umount2(".")', 'chdir("/")']);
});

it("init covers masked and read-only paths once there are devices, before the root changes", (box) => {
  const records = recordsOf(box);
  const pivot = first(records, /^pivot_root\(/);
  const covered = last(records.slice(0, pivot), /^(mount|move_mount)\(/);
  assert.ok(last(records, /^mknodat\(/) < covered);
  assert.ok(last(records, rootIsMade) < pivot);
  assert.ok(pivot < first(records, /PR_CAPBSET_DROP/));
});

it("init takes its place among processes once it leads a session and has its limits, while it has its privileges", (box) => {
  const records = recordsOf(box, (config) => {
    config.process.rlimits = [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }];
    config.process.scheduler = { policy: "SCHED_BATCH" };
    config.process.ioPriority = { class: "IOPRIO_CLASS_IDLE" };
    config.linux.personality = { domain: "LINUX" };
    config.linux.memoryPolicy = { mode: "MPOL_LOCAL" };
  });
  assertOrder(records, [
    /^pivot_root\(/,
    /^setsid\(/,
    /^prlimit64\(/,
    /^set_mempolicy\(/,
    /^personality\(/,
    /^ioprio_set\(/,
    /^sched_setattr\(/,
    /PR_CAPBSET_DROP/,
  ]);
});

it("init drops the caller's CPU affinity when it is in its cgroup, before it mounts", (box) => {
  const records = recordsOf(box);
  const affinity = first(records, /^sched_setaffinity\(/);
  assert.ok(affinity < first(records, anyMount));
  // Into a cgroup v2 it is born.
  const entered = records
    .slice(0, first(records, anyMount))
    .findLastIndex((each) => each.startsWith("write("));
  assert.ok(entered < affinity);
});

it("init gives privileges up in their order: bounding set, ids, capabilities, no_new_privs", (box) => {
  const records = recordsOf(box, (config) => {
    config.process.user = { uid: 1000, gid: 1000, additionalGids: [5] };
    config.process.noNewPrivileges = true;
    config.process.rlimits = [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }];
  });
  const finish = records.slice(first(records, /^setsid\(/));
  assertOrder(finish, [
    /^setsid\(/,
    /^prlimit64\(/,
    /PR_CAPBSET_DROP/,
    /PR_SET_KEEPCAPS 1/,
    /^setgroups\(/,
    /^setresgid\(/,
    /^setresuid\(/,
    /PR_SET_KEEPCAPS 0/,
    /^capset\(/,
    /PR_SET_NO_NEW_PRIVS/,
    // The change of user has taken both back.
    /PR_SET_DUMPABLE/,
  ]);
  assert.ok(last(finish, /PR_SET_DUMPABLE/) < last(finish, /PR_SET_PDEATHSIG/));
});

it("init's last batch waits, closes what is not the container's and executes", (box) => {
  const records = recordsOf(box);
  const start = first(records, new RegExp(`^${LAST_BATCH}`));
  const batch = records.slice(start).map((record) => record.replace(LAST_BATCH, "").replace(/\(.*/s, ""));
  // It outlives its parent from here on.
  assert.deepEqual(batch, ["prctl", "read", "close_range", "execve"]);
});

it("init becomes root of its user namespace before it is sealed there", (box) => {
  const records = recordsOf(box, (config) => mapUsers(config, 100_000, 65_536));
  assert.equal(records[0], "prctl(PR_SET_PDEATHSIG)");
  assertOrder(records.slice(0, first(records, sealing) + 1), [/^setresgid\(/, /^setresuid\(/, sealing]);
  assert.equal(
    records.findIndex((record) => /^mknodat\(/.test(record)),
    -1,
    "mknod is not permitted there",
  );
});

it("init's records are the same in every run of a bundle", (box) => {
  const bare = () => recordsOf(box).map((record) => record.replace(/\d{3,}|"[^"]*tsrun-test-[^"]*"/g, "N"));
  assert.deepEqual(bare(), bare());
});

/** The system calls of the process that executes `program`, up to then. */
function tracedCalls(box: Sandbox, program: string, adjust: (config: Config) => void): string[] {
  const trace = join(box.directory, "trace");
  const result = box.run(
    (config) => {
      config.process.args = [program];
      adjust(config);
    },
    { through: ["strace", "-f", "-o", trace] },
  );
  assert.equal(result.status, 0, result.stderr);
  const lines = readFileSync(trace, "utf8").split("\n");
  const [pid] = lines.find((line) => line.includes(`execve("${program}"`))?.split(" ") ?? [];
  assert.ok(pid !== undefined, `nobody executed ${program}`);
  const calls = lines.flatMap((line) => {
    const call = new RegExp(`^${pid} +(?:<\\.\\.\\. )?(\\w+)(?:\\(| resumed)`).exec(line)?.[1];
    return call === undefined ? [] : [call];
  });
  return calls.slice(0, calls.indexOf("execve") + 1);
}

it("init makes no call between closing the last descriptors and execve, says strace", (box) => {
  const calls = tracedCalls(box, "/bin/true", () => {});
  assert.ok(calls.length > 100, `only ${calls.length} calls were seen`);
  assert.deepEqual(calls.slice(-2), ["close_range", "execve"]);
});

it("init makes no call between its seccomp filter and execve, says strace", (box) => {
  const calls = tracedCalls(box, "/bin/true", (config) => {
    config.process.noNewPrivileges = true;
    const syscalls = [{ names: ["reboot"], action: "SCMP_ACT_ERRNO" }];
    Object.assign(config.linux, { seccomp: { defaultAction: "SCMP_ACT_ALLOW", syscalls } });
  });
  assert.deepEqual(calls.slice(-2), ["seccomp", "execve"]);
});
