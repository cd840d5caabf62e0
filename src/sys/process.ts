import type { Executor } from "./executor.ts";

const PR_SET_PDEATHSIG = 1;
const PR_SET_DUMPABLE = 4;
const SIGKILL = 9;
const SIGSTOP = 19;
const SIGNALS = 64;
const SIGACTION_SIZE = 32;
const SIGSET_SIZE = 8;
const SIG_SETMASK = 2;

/**
 * The process dies with its parent (PR_SET_PDEATHSIG). A change of credentials clears it: repeat it after one.
 */
export function armParentDeath(k: Executor): void {
  k.queue({ name: "prctl", args: [PR_SET_PDEATHSIG, SIGKILL], subject: "PR_SET_PDEATHSIG" });
}

/** The process outlives its parent. */
export function disarmParentDeath(k: Executor): void {
  k.queue({ name: "prctl", args: [PR_SET_PDEATHSIG, 0], subject: "PR_SET_PDEATHSIG" });
}

/** Whether others of the same user may trace the process and open its files in /proc (prctl(2), ptrace(2)). */
export function setDumpable(k: Executor, dumpable: boolean): void {
  k.queue({ name: "prctl", args: [PR_SET_DUMPABLE, dumpable ? 1 : 0], subject: "PR_SET_DUMPABLE" });
}

/** Default dispositions for every signal, then an empty mask: a handler of the engine must never run in the child. */
export function resetSignals(k: Executor): void {
  const action = k.memory.alloc(SIGACTION_SIZE);
  for (let signal = 1; signal <= SIGNALS; signal++) {
    if (signal === SIGKILL || signal === SIGSTOP) continue;
    k.queue({ name: "rt_sigaction", args: [signal, action, 0, SIGSET_SIZE], subject: String(signal) });
  }
  const empty = k.memory.alloc(SIGSET_SIZE);
  k.queue({ name: "rt_sigprocmask", args: [SIG_SETMASK, empty, 0, SIGSET_SIZE] });
}
