import { closeRange } from "../sys/close-on-exec.ts";
import type { Hand } from "../sys/stub/hand.ts";
import type { InitPlan } from "./plan.ts";

const FIRST_AFTER_STANDARD = 3;

/**
 * Closes in init what it has inherited from the runtime's process and does not need: an open log or pipe of the
 * engine's would stay open as long as the container waits.
 * @param also descriptors that it needs for now
 */
export function closeHostDescriptors(
  plan: Pick<InitPlan, "gate" | "terminal" | "listener" | "passed" | "idMapped">,
  k: Hand,
  also: readonly number[] = [],
): void {
  const channels = [plan.terminal, plan.listener].filter((fd) => fd !== undefined);
  const kept = [plan.gate.go, plan.gate.result, ...channels, ...(plan.idMapped?.values() ?? []), ...also];
  closeOtherDescriptors(k, plan.passed.count, kept);
}

/**
 * Closes what a hand has inherited from the runtime's process but the standard streams, the `passed` next ones and `kept`.
 */
export function closeOtherDescriptors(k: Hand, passed: number, kept: readonly number[]): void {
  k.within("closing the runtime's descriptors", undefined, () => {
    let first = FIRST_AFTER_STANDARD + passed;
    for (const fd of [...kept].sort((a, b) => a - b)) {
      if (fd > first) closeRange(k, first, fd - 1);
      first = Math.max(first, fd + 1);
    }
    closeRange(k, first);
  });
}
