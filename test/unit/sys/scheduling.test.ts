import assert from "node:assert/strict";
import { test } from "node:test";
import { local } from "../../../src/sys/local.ts";
import { allowAllCpus, setAffinity, setIoPriority, setScheduler } from "../../../src/sys/scheduling.ts";
import { SyscallError } from "../../../src/sys/syscall-error.ts";
import { inHand, statusOf } from "../../helpers/in-hand.ts";
import { ioPriorityOf, schedulingOf } from "../../helpers/scheduling.ts";
import { skipUnless } from "../../helpers/skip.ts";

const none = { policy: 0, flags: 0, nice: 0, priority: 0, runtime: 0n, deadline: 0n, period: 0n };
const SCHED_BATCH = 3;
const SCHED_DEADLINE = 6;
const CLASS_BE = 2 << 13;

test("setScheduler() changes the process of a hand, and another by its pid", () => {
  inHand((hand) => {
    setScheduler(hand, 0, { ...none, policy: SCHED_BATCH, nice: 5 });
    const { policy, nice } = schedulingOf(hand.pid);
    assert.deepEqual([policy, nice], [SCHED_BATCH, 5]);
    setScheduler(local, hand.pid, { ...none, nice: 6 });
    assert.equal(schedulingOf(hand.pid).nice, 6);
  });
});

test("setScheduler() hands over times of 64 bits", (t) => {
  if (!skipUnless(t, process.geteuid?.() === 0, "root")) return;
  inHand((hand) => {
    const times = { runtime: 1_000_000n, deadline: 10_000_000n, period: 20_000_000n };
    setScheduler(hand, 0, { ...none, policy: SCHED_DEADLINE, ...times });
    const { runtime, deadline, period } = schedulingOf(hand.pid);
    assert.deepEqual({ runtime, deadline, period }, times);
    assert.throws(
      () => setScheduler(hand, 0, { ...none, policy: SCHED_DEADLINE, ...times, period: 1n << 63n }),
      (error) => error instanceof SyscallError && error.code === "EINVAL",
    );
  });
});

test("setAffinity() pins, allowAllCpus() lets go", () => {
  inHand((hand) => {
    const { Cpus_allowed_list: before = "" } = statusOf(hand.pid);
    const first = Number(/^\d+/.exec(before)?.[0]);
    const mask = new Uint8Array(Math.ceil((first + 1) / 64) * 8);
    mask[first >> 3] = 1 << (first & 7);
    setAffinity(hand, mask, String(first));
    assert.equal(statusOf(hand.pid)["Cpus_allowed_list"], String(first));
    allowAllCpus(hand);
    hand.flush();
    assert.equal(statusOf(hand.pid)["Cpus_allowed_list"], before);
  });
});

test("setAffinity() takes a mask that is longer than the kernel's, and names CPUs that it has not", () => {
  inHand((hand) => {
    const mask = new Uint8Array(8192).fill(0xff);
    setAffinity(hand, mask, "0-65535");
    assert.throws(() => setAffinity(hand, new Uint8Array(8), "9000"), {
      message: "sched_setaffinity 9000: invalid argument",
    });
  });
});

test("setIoPriority() changes the processes of a group", () => {
  inHand((hand) => {
    hand.call({ name: "setsid", args: [] });
    setIoPriority(hand, 0, CLASS_BE | 6);
    assert.deepEqual(ioPriorityOf(hand.pid), { class: 2, level: 6 });
    setIoPriority(local, hand.pid, CLASS_BE | 7);
    assert.deepEqual(ioPriorityOf(hand.pid), { class: 2, level: 7 });
  });
});
