import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { type Attributes, applyAttributes, checkKernel } from "../../../src/security/attributes.ts";
import { ioPriorityValue } from "../../../src/security/io-priority.ts";
import { memoryPolicyHint, memoryPolicyMode } from "../../../src/security/memory-policy.ts";
import { schedulerAttributes, schedulerHint } from "../../../src/security/scheduler.ts";
import { inHand } from "../../helpers/in-hand.ts";
import { ioPriorityOf, schedulingOf } from "../../helpers/scheduling.ts";
import { skipUnless } from "../../helpers/skip.ts";

const isRoot = process.geteuid?.() === 0;
const none: Attributes = {
  scheduler: undefined,
  ioPriority: undefined,
  personality: undefined,
  memoryPolicy: undefined,
};

test("schedulerAttributes() numbers policies and adds up flags", () => {
  assert.deepEqual(schedulerAttributes({ policy: "SCHED_OTHER" }), {
    policy: 0,
    flags: 0,
    nice: 0,
    priority: 0,
    runtime: 0n,
    deadline: 0n,
    period: 0n,
  });
  const attributes = schedulerAttributes({
    policy: "SCHED_DEADLINE",
    flags: ["SCHED_FLAG_RECLAIM", "SCHED_FLAG_DL_OVERRUN", "SCHED_FLAG_RECLAIM"],
    runtime: 1,
    deadline: 2 ** 53,
    period: 2n ** 53n + 1n,
  });
  assert.equal(attributes.policy, 6);
  assert.equal(attributes.flags, 6);
  assert.equal(attributes.deadline, 2n ** 53n);
  assert.equal(attributes.period, 2n ** 53n + 1n);
});

for (const [policy, number] of [
  ["SCHED_OTHER", 0],
  ["SCHED_FIFO", 1],
  ["SCHED_RR", 2],
  ["SCHED_BATCH", 3],
  ["SCHED_ISO", 4],
  ["SCHED_IDLE", 5],
  ["SCHED_DEADLINE", 6],
] as const) {
  test(`schedulerAttributes() knows ${policy} as the kernel's ${number}`, () => {
    assert.equal(schedulerAttributes({ policy }).policy, number);
  });
}

for (const [bit, flag] of [
  "SCHED_FLAG_RESET_ON_FORK",
  "SCHED_FLAG_RECLAIM",
  "SCHED_FLAG_DL_OVERRUN",
  "SCHED_FLAG_KEEP_POLICY",
  "SCHED_FLAG_KEEP_PARAMS",
  "SCHED_FLAG_UTIL_CLAMP_MIN",
  "SCHED_FLAG_UTIL_CLAMP_MAX",
].entries()) {
  test(`schedulerAttributes() knows ${flag} as bit ${bit}`, () => {
    const scheduler = { policy: "SCHED_OTHER", flags: [flag] } as unknown as Parameters<
      typeof schedulerAttributes
    >[0];
    assert.equal(schedulerAttributes(scheduler).flags, 1 << bit);
  });
}

for (const [policy, need] of [
  ["SCHED_OTHER", /^it needs CAP_SYS_NICE$/],
  ["SCHED_FIFO", /realtimeRuntime with cgroup v1/],
  ["SCHED_DEADLINE", /no \/linux\/resources\/cpu\/cpus/],
] as const) {
  test(`schedulerHint() says what ${policy} needs`, () => {
    assert.match(schedulerHint("EPERM", { policy }) ?? "", need);
    assert.equal(schedulerHint("ESRCH", { policy }), undefined);
  });
}

test("ioPriorityValue() puts the class above the level", () => {
  assert.equal(ioPriorityValue({ class: "IOPRIO_CLASS_RT", priority: 7 }), 0x2007);
  assert.equal(ioPriorityValue({ class: "IOPRIO_CLASS_BE", priority: 4 }), 0x4004);
  assert.equal(ioPriorityValue({ class: "IOPRIO_CLASS_IDLE" }), 0x6000);
});

test("memoryPolicyMode() adds the flags to the mode", () => {
  const flags = ["MPOL_F_STATIC_NODES", "MPOL_F_NUMA_BALANCING"] as const;
  assert.equal(memoryPolicyMode({ mode: "MPOL_BIND", flags }), 0xa002);
});

test("memoryPolicyHint() says since when the kernel knows a mode", () => {
  assert.match(
    memoryPolicyHint("EINVAL", { mode: "MPOL_WEIGHTED_INTERLEAVE" }) ?? "",
    /WEIGHTED_INTERLEAVE 6\.9/,
  );
  assert.equal(memoryPolicyHint("EPERM", { mode: "MPOL_BIND" }), undefined);
});

test("applyAttributes() sets all that it is given, and nothing else", (t) => {
  if (!skipUnless(t, isRoot, "root")) return;
  inHand((hand) => {
    hand.call({ name: "setsid", args: [] });
    applyAttributes(hand, hand.pid, none);
    assert.equal(schedulingOf(hand.pid).policy, 0);
    applyAttributes(hand, hand.pid, {
      ...none,
      scheduler: { policy: "SCHED_IDLE" },
      ioPriority: { class: "IOPRIO_CLASS_IDLE" },
      personality: { domain: "LINUX32" },
    });
    assert.equal(schedulingOf(hand.pid).policy, 5);
    assert.equal(ioPriorityOf(hand.pid).class, 3);
    assert.equal(readFileSync(`/proc/${hand.pid}/personality`, "utf8").trim(), "00000008");
  });
});

test("applyAttributes() lets the runtime do what the process has no right to", (t) => {
  if (!skipUnless(t, isRoot, "root")) return;
  inHand((hand) => {
    hand.call({ name: "setsid", args: [] });
    hand.call({ name: "setresuid", args: [1000, 1000, 1000] });
    const scheduler = { policy: "SCHED_OTHER", nice: -3 } as const;
    applyAttributes(hand, hand.pid, { ...none, scheduler, ioPriority: { class: "IOPRIO_CLASS_RT" } });
    assert.equal(schedulingOf(hand.pid).nice, -3);
    assert.equal(ioPriorityOf(hand.pid).class, 1);
  });
});

test("applyAttributes() names the property that the kernel refuses and what to do", () => {
  inHand((hand) => {
    const memoryPolicy = { mode: "MPOL_BIND", nodes: "1000" } as const;
    assert.throws(
      () => applyAttributes(hand, hand.pid, { ...none, memoryPolicy }),
      (error: Error & { pointer?: string; hint?: string }) => {
        assert.equal(error.message, "setting the memory policy");
        assert.equal(error.pointer, "/linux/memoryPolicy");
        assert.match(error.hint ?? "", /online, with memory/);
        assert.match((error.cause as Error).message, /^set_mempolicy MPOL_BIND 1000: /);
        return true;
      },
    );
  });
});

test("checkKernel() refuses utilization clamps where the kernel has none", () => {
  const scheduler = { policy: "SCHED_OTHER", flags: ["SCHED_FLAG_UTIL_CLAMP_MIN"] } as const;
  const check = (): void => checkKernel({ ...none, scheduler });
  if (existsSync("/proc/sys/kernel/sched_util_clamp_min")) assert.doesNotThrow(check);
  else assert.throws(check, { pointer: "/process/scheduler/flags", message: /CONFIG_UCLAMP_TASK/ });
});

test("checkKernel() takes what needs nothing of the kernel", () => {
  checkKernel({ ...none, scheduler: { policy: "SCHED_OTHER" }, personality: { domain: "LINUX" } });
});
