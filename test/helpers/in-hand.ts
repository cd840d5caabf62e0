import { readFileSync } from "node:fs";
import { Hand } from "../../src/sys/stub/hand.ts";
import { HandMemory } from "../../src/sys/stub/hand-memory.ts";

const SCRATCH = 1 << 17;

/** A child process that carries out records; the caller ends it (`destroy`). @param namespaces CLONE_NEW* of its own */
export function cloneHand(namespaces = 0): Hand {
  return Hand.clone(new HandMemory(SCRATCH), { namespaces });
}

/** Runs `action` with a child process that carries out records, and ends the child. */
export function inHand<T>(action: (hand: Hand) => T, namespaces = 0): T {
  const hand = cloneHand(namespaces);
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
