import { range } from "../base/range.ts";
import type { Call, Executor } from "./executor.ts";
import { readProc } from "./host-proc.ts";
import { cloneFlags } from "./namespaces.ts";

const PR_SET_PDEATHSIG = 1;
const PR_SET_DUMPABLE = 4;
const SIGKILL = 9;
const SIGSTOP = 19;
/** Those that have a disposition. */
const allSignals = range(1, 64).filter((signal) => signal !== SIGKILL && signal !== SIGSTOP);
const SIGACTION_SIZE = 32;
const SIGSET_SIZE = 8;
const SIG_SETMASK = 2;

/** From this call on the process dies with its parent (PR_SET_PDEATHSIG), until a change of credentials clears that. */
export const armParentDeath: Call = {
  name: "prctl",
  args: [PR_SET_PDEATHSIG, SIGKILL],
  subject: "PR_SET_PDEATHSIG",
};

/** From this call on the process outlives its parent. */
export const disarmParentDeath: Call = {
  name: "prctl",
  args: [PR_SET_PDEATHSIG, 0],
  subject: "PR_SET_PDEATHSIG",
};

/**
 * Whether the process would die with its parent after this call, if `before` it did: what may change credentials clears
 * the signal (commit_creds, kernel/cred.c).
 */
export function heedsParentDeath({ name, args }: Call, before: boolean): boolean {
  switch (name) {
    case "prctl":
      return args[0] === PR_SET_PDEATHSIG ? args[1] !== 0 : before;
    case "setresuid":
    case "setresgid":
    case "capset":
      return false;
    case "setns":
      return before && ((args[1] ?? 0) & cloneFlags.user) === 0;
    case "unshare":
      return before && ((args[0] ?? 0) & cloneFlags.user) === 0;
    default:
      return before;
  }
}

/** Whether others of the same user may trace the process and open its files in /proc (prctl(2), ptrace(2)). */
export function setDumpable(k: Executor, dumpable: boolean): void {
  k.queue({ name: "prctl", args: [PR_SET_DUMPABLE, dumpable ? 1 : 0], subject: "PR_SET_DUMPABLE" });
}

/**
 * Default dispositions for every signal, then an empty mask: a handler of the engine must never run in the child.
 * @param cleared whether only ignored signals are left to reset (`Hand.handlersCleared`)
 */
export function resetSignals(k: Executor, cleared = false): void {
  const action = k.memory.alloc(SIGACTION_SIZE);
  for (const signal of cleared ? ignoredSignals() : allSignals) {
    k.queue({ name: "rt_sigaction", args: [signal, action, 0, SIGSET_SIZE], subject: String(signal) });
  }
  const empty = k.memory.alloc(SIGSET_SIZE);
  k.queue({ name: "rt_sigprocmask", args: [SIG_SETMASK, empty, 0, SIGSET_SIZE] });
}

/** What this process ignores, and so what it has cloned (proc_pid_status(5), SigIgn); any signal where it cannot be read. */
function ignoredSignals(): readonly number[] {
  const mask = /^SigIgn:\t([0-9a-f]+)$/m.exec(readProc("self/status"))?.[1];
  if (mask === undefined) return allSignals;
  const ignored = BigInt(`0x${mask}`);
  return allSignals.filter((signal) => ((ignored >> BigInt(signal - 1)) & 1n) === 1n);
}

/** personality(2) of the executor's process: the execution domain of what it executes. @throws SyscallError */
export function setPersonality(k: Executor, domain: number, subject: string): void {
  k.call({ name: "personality", args: [domain], subject });
}
