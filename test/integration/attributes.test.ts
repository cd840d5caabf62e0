import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { lookAttributes } from "../helpers/attributes.ts";
import { type Config, mapUsers } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Look } from "../helpers/look.ts";
import { skipUnless } from "../helpers/skip.ts";

leaveNothing();

type Scheduler = NonNullable<Config["process"]["scheduler"]>;

/** With real-time group scheduling (CONFIG_RT_GROUP_SCHED) a v1 cgroup has no share of its own to begin with. */
function giveRealtimeShare(config: Config): void {
  if (!existsSync("/sys/fs/cgroup/cpu/cpu.rt_runtime_us")) return;
  const cpu = { realtimeRuntime: 10_000, realtimePeriod: 1_000_000 };
  config.linux.resources = { ...config.linux.resources, cpu };
}

function schedulerOf(seen: Look, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, seen.value(`scheduler.${name}`)]));
}

const schedulers: readonly [title: string, scheduler: Scheduler, seen: Record<string, string>][] = [
  ["SCHED_OTHER, less", { policy: "SCHED_OTHER", nice: 7 }, { policy: "0", nice: "7", flags: "0" }],
  ["SCHED_OTHER, more", { policy: "SCHED_OTHER", nice: -7 }, { policy: "0", nice: "-7" }],
  [
    "SCHED_BATCH",
    { policy: "SCHED_BATCH", nice: 3, flags: ["SCHED_FLAG_RESET_ON_FORK"] },
    { policy: "3", nice: "3", flags: "1" },
  ],
  ["SCHED_IDLE", { policy: "SCHED_IDLE" }, { policy: "5" }],
  ["SCHED_FIFO", { policy: "SCHED_FIFO", priority: 10 }, { policy: "1", priority: "10" }],
  ["SCHED_RR", { policy: "SCHED_RR", priority: 1 }, { policy: "2", priority: "1" }],
  [
    "SCHED_DEADLINE",
    {
      policy: "SCHED_DEADLINE",
      runtime: 1_000_000,
      deadline: 10_000_000,
      period: 20_000_000,
      flags: ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN"],
    },
    { policy: "6", runtime: "1000000", deadline: "10000000", period: "20000000", flags: "6" },
  ],
  [
    "the policy that it has",
    { policy: "SCHED_FIFO", flags: ["SCHED_FLAG_KEEP_POLICY"] },
    { policy: "0", priority: "0" },
  ],
];

for (const [title, scheduler, expected] of schedulers) {
  it(`the scheduler of ${title} is the process's`, (box) => {
    const seen = lookAttributes(box, (config) => {
      config.process.scheduler = scheduler;
      giveRealtimeShare(config);
    });
    assert.deepEqual(schedulerOf(seen, Object.keys(expected)), expected);
  });
}

it("the scheduler needs no capability of the program's, nor its user's", (box) => {
  const seen = lookAttributes(box, (config) => {
    config.process.user = { uid: 1000, gid: 1000 };
    config.process.capabilities = {};
    config.process.noNewPrivileges = true;
    config.process.scheduler = { policy: "SCHED_OTHER", nice: -5 };
    config.process.ioPriority = { class: "IOPRIO_CLASS_RT", priority: 1 };
  });
  assert.equal(seen.value("scheduler.nice"), "-5");
  assert.equal(seen.value("io.class"), "1");
});

it("the scheduler and the I/O priority are root's to give in a user namespace, too", (box) => {
  const seen = lookAttributes(box, (config) => {
    mapUsers(config, 100_000, 65_536);
    config.process.scheduler = { policy: "SCHED_RR", priority: 4 };
    config.process.ioPriority = { class: "IOPRIO_CLASS_RT", priority: 4 };
    giveRealtimeShare(config);
  });
  assert.equal(seen.value("scheduler.policy"), "2");
  assert.equal(seen.value("io.class"), "1");
});

it("create refuses a scheduler that the kernel does, and says what it needs", (box) => {
  const bundle = box.bundle((config) => {
    config.process.scheduler = { policy: "SCHED_DEADLINE", runtime: 1024, deadline: 1024, period: 1024 };
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()]);
  assert.match(line, /sched_setattr: invalid argument .*\/process\/scheduler.*sched_deadline_period_min_us/);
  assert.deepEqual(box.containers(), []);
});

for (const [level, priority] of [
  ["1", { class: "IOPRIO_CLASS_RT", priority: 3 }],
  ["2", { class: "IOPRIO_CLASS_BE", priority: 7 }],
  ["3", { class: "IOPRIO_CLASS_IDLE" }],
] as const) {
  it(`the ioPriority ${priority.class} is the process's`, (box) => {
    const seen = lookAttributes(box, (config) => {
      config.process.ioPriority = priority;
    });
    assert.equal(seen.value("io.class"), level);
    assert.equal(seen.value("io.level"), String("priority" in priority ? priority.priority : 0));
  });
}

it("the ioPriority is handed on to children, not to the caller's process group", (box) => {
  const before = spawnSync("ionice", ["-p", String(process.pid)], { encoding: "utf8" }).stdout;
  const seen = box.output(["/bin/sh", "-c", "ionice -p $$; ionice -p 0"], (config) => {
    config.process.ioPriority = { class: "IOPRIO_CLASS_BE", priority: 6 };
  });
  assert.deepEqual(seen.trim().split("\n"), ["best-effort: prio 6", "best-effort: prio 6"]);
  assert.equal(spawnSync("ionice", ["-p", String(process.pid)], { encoding: "utf8" }).stdout, before);
});

/** What the kernel calls the machine then: user-mode Linux knows one name alone. */
const machineOf = (domain: string) =>
  spawnSync("setarch", [domain, "uname", "-m"], { encoding: "utf8" }).stdout;

for (const [domain, bits] of [
  ["LINUX", "64 bits"],
  ["LINUX32", "32 bits"],
] as const) {
  it(`the personality ${domain} is that of a machine of ${bits}`, (box) => {
    const seen = lookAttributes(box, (config) => {
      config.linux.personality = { domain };
    });
    assert.equal(`${seen.value("domain.machine")}\n`, machineOf(domain === "LINUX" ? "linux64" : "linux32"));
    assert.equal(seen.value("domain.personality"), domain === "LINUX32" ? "8" : "0");
  });
}

it("the personality is set before a seccomp filter that forbids to set one", (box) => {
  const seen = box.output(["/bin/uname", "-m"], (config) => {
    config.linux.personality = { domain: "LINUX32" };
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [
        { names: ["personality", "sched_setattr", "set_mempolicy"], action: "SCMP_ACT_KILL_PROCESS" },
      ],
    };
    if (existsSync("/proc/self/numa_maps")) config.linux.memoryPolicy = { mode: "MPOL_LOCAL" };
    config.process.scheduler = { policy: "SCHED_BATCH" };
  });
  assert.equal(seen, machineOf("linux32"));
});

it("personality flags, of which none are defined, are a warning", (box) => {
  const { status, stderr } = box.run((config) => {
    config.process.args = ["/bin/true"];
    config.linux.personality = { domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"] };
  });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /level=warning .*ADDR_NO_RANDOMIZE/);
});

/** A kernel with memory nodes (CONFIG_NUMA). */
const numa = existsSync("/proc/self/numa_maps");

type MemoryPolicy = NonNullable<Config["linux"]["memoryPolicy"]>;

const memoryPolicies: readonly [title: string, policy: MemoryPolicy, mode: number, nodes: string][] = [
  ["MPOL_DEFAULT", { mode: "MPOL_DEFAULT" }, 0, "0"],
  ["MPOL_PREFERRED", { mode: "MPOL_PREFERRED", nodes: "0" }, 1, "1"],
  ["MPOL_BIND", { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"] }, 2 | 0x8000, "1"],
  [
    "MPOL_BIND, balanced",
    { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NUMA_BALANCING"] },
    2 | 0x2000,
    "1",
  ],
  [
    "MPOL_INTERLEAVE",
    { mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"] },
    3 | 0x4000,
    "1",
  ],
  ["MPOL_LOCAL", { mode: "MPOL_LOCAL" }, 4, "0"],
  ["MPOL_PREFERRED_MANY", { mode: "MPOL_PREFERRED_MANY", nodes: "0-0" }, 5, "1"],
  ["MPOL_WEIGHTED_INTERLEAVE", { mode: "MPOL_WEIGHTED_INTERLEAVE", nodes: "0" }, 6, "1"],
];

for (const [title, policy, mode, nodes] of memoryPolicies) {
  it(`the memoryPolicy of ${title} is the process's`, (box, t) => {
    if (!skipUnless(t, numa, "numa")) return;
    const seen = lookAttributes(box, (config) => {
      config.linux.memoryPolicy = policy;
    });
    assert.equal(seen.value("memory.mode"), String(mode));
    assert.equal(seen.value("memory.nodes"), nodes);
  });
}

it("create refuses a memoryPolicy on nodes that there are not", (box, t) => {
  if (!skipUnless(t, numa, "numa")) return;
  const bundle = box.bundle((config) => {
    config.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "1000" };
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()]);
  assert.match(line, /set_mempolicy MPOL_BIND 1000: invalid argument .*\/linux\/memoryPolicy/);
  assert.deepEqual(box.containers(), []);
});

it("a CPU affinity of the caller's is none of the container's", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", "grep Cpus_allowed_list /proc/self/status"];
  });
  const through = ["taskset", "-c", firstCpu()];
  const { stdout, stderr } = box.call(["run", "--bundle", bundle, box.newId()], { through });
  const all = /^Cpus_allowed_list:.*$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[0];
  assert.equal(stdout.trim(), all, stderr);
});

it("execCPUAffinity does not pin the container's own process", (box) => {
  const seen = box.output(["/bin/sh", "-c", "grep Cpus_allowed_list /proc/self/status"], (config) => {
    config.process.execCPUAffinity = { initial: firstCpu(), final: firstCpu() };
  });
  assert.equal(seen.trim(), /^Cpus_allowed_list:.*$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[0]);
});

it("create refuses an execCPUAffinity that is no list of CPUs", (box) => {
  const bundle = box.bundle((config) => {
    config.process.execCPUAffinity = { initial: "1-0", final: "0" };
  });
  assert.match(box.fail(["create", "--bundle", bundle, box.newId()]), /execCPUAffinity|range/);
});

function firstCpu(): string {
  return /^\d+/.exec(readFileSync("/sys/devices/system/cpu/online", "utf8"))?.[0] ?? "0";
}
