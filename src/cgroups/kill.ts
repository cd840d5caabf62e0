import { local } from "../sys/local.ts";

const SIGKILL = 9;
/** A process that has SIGKILL pending can't fork (copy_process), so only a swarm needs more rounds. */
const ROUNDS = 8;

/**
 * Sends SIGKILL to all that `pids` returns, again while it returns new ones.
 * @returns whether the last look showed nobody who had not been signalled
 */
export function killUntilNobodyIsNew(pids: () => readonly number[]): boolean {
  const signalled = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    const fresh = pids().filter((pid) => !signalled.has(pid));
    if (fresh.length === 0) return true;
    for (const pid of fresh) {
      signalled.add(pid);
      local.attempt({ name: "kill", args: [pid, SIGKILL], subject: String(pid) });
    }
  }
  return false;
}

/** Ids that mean a process: one outside of the caller's pid namespace shows as 0, and kill(2) takes 0 for its own group. */
export function realProcesses(pids: readonly number[]): number[] {
  return [...new Set(pids)].filter((pid) => pid > 0).sort((a, b) => a - b);
}
