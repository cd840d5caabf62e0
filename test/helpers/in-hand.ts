import { readFileSync } from "node:fs";
import { Hand } from "../../src/sys/stub/hand.ts";
import { HandMemory } from "../../src/sys/stub/hand-memory.ts";

const SCRATCH = 1 << 17;

/** Runs `action` with a child process that carries out records, and ends the child. */
export function inHand<T>(action: (hand: Hand) => T): T {
  const hand = Hand.clone(new HandMemory(SCRATCH), { namespaces: 0 });
  try {
    return action(hand);
  } finally {
    hand.destroy();
  }
}

/** The fields of /proc/PID/status (proc_pid_status(5)) by their names. */
export function statusOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, "utf8").trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2)));
}
