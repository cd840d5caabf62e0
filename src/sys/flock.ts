import type { Executor } from "./executor.ts";
import type { Fd } from "./fd.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Takes the lock of an open file for this process alone (flock(2) LOCK_EX); its end is the descriptor's.
 * @param wait for whoever holds it
 * @returns 0 or the negated errno: EAGAIN where somebody else holds it
 */
export function tryFlock(k: Executor, file: Fd, wait: boolean): number {
  return k.attempt({ name: "flock", args: [file.number, wait ? LOCK_EX : LOCK_EX | LOCK_NB] });
}
