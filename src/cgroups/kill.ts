import { local } from "../sys/local.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const ESRCH = 3;
const SIGKILL = 9;
/** A process that has SIGKILL pending can't fork (copy_process), so only a swarm needs more rounds. */
const ROUNDS = 8;

/**
 * Sends SIGKILL to all that `pids` returns, again while it returns new ones.
 * @returns whether the last look showed nobody who had not been signalled
 * @throws SyscallError naming the first process that could not be, once all others have been
 */
export function killUntilNobodyIsNew(pids: () => readonly number[]): boolean {
  const signalled = new Set<number>();
  const failures: SyscallError[] = [];
  let quiet = false;
  for (let round = 0; round < ROUNDS && !quiet; round++) {
    const fresh = pids().filter((pid) => !signalled.has(pid));
    quiet = fresh.length === 0;
    for (const pid of fresh) {
      signalled.add(pid);
      failures.push(...tryKill(pid));
    }
  }
  const [first] = failures;
  if (first !== undefined) throw first;
  return quiet;
}

/** @returns why the process has not been killed; nothing where it has, or has ended itself */
function tryKill(pid: number): SyscallError[] {
  const result = local.attempt({ name: "kill", args: [pid, SIGKILL] });
  return result < 0 && result !== -ESRCH ? [new SyscallError("kill", -result, `process ${pid}`)] : [];
}

/** Ids that mean a process: one outside of the caller's pid namespace shows as 0, and kill(2) takes 0 for its own group. */
export function realProcesses(pids: readonly number[]): number[] {
  return [...new Set(pids)].filter((pid) => pid > 0).sort((a, b) => a - b);
}
