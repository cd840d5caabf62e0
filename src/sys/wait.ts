import type { Executor } from "./executor.ts";
import { SyscallError } from "./syscall-error.ts";

const WNOHANG = 1;
const ESRCH = 3;
const ECHILD = 10;
const SIGKILL = 9;
const WEXITED = 4;
const P_PIDFD = 3;
const CLD_EXITED = 1;
const SIGINFO_SIZE = 128;
const ANY_CHILD = -1;
const PR_SET_CHILD_SUBREAPER = 36;

/** A child that has ended. */
export interface Ended {
  readonly pid: number;
  /** Its exit status, or 128 + the signal that killed it, as shells count. */
  readonly status: number;
}

/** Takes one ended child out of the process table (wait4(2)), without waiting; undefined when there is none. */
export function reapOne(k: Executor): Ended | undefined {
  const address = k.memory.alloc(4);
  const pid = k.attempt({ name: "wait4", args: [ANY_CHILD, address, WNOHANG, 0] });
  if (pid === 0 || pid === -ECHILD) return undefined;
  if (pid < 0) throw new SyscallError("wait4", -pid, "any child");
  return { pid, status: exitStatus(k.memory.getU32(address)) };
}

/** The status that a shell reports for a wait status (wait(2), the W* macros). */
export function exitStatus(waitStatus: number): number {
  const signal = waitStatus & 0x7f;
  return signal === 0 ? (waitStatus >> 8) & 0xff : 128 + signal;
}

/** How a child ended: the status that it gave to exit(2), or the signal that killed it. */
export type End = { readonly status: number } | { readonly signal: number };

/** Waits for the end of the child that `pidfd` stands for, and reaps it (waitid(2) P_PIDFD, Linux 5.4). @throws SyscallError */
export function waitForEnd(k: Executor, pidfd: number): End {
  const { memory } = k;
  const info = memory.alloc(SIGINFO_SIZE);
  k.call({ name: "waitid", args: [P_PIDFD, pidfd, info, WEXITED, 0], subject: "the end of a child" });
  const [code, value] = [memory.getI32(info + 8), memory.getI32(info + 24)];
  return code === CLD_EXITED ? { status: value } : { signal: value };
}

/** pidfd_send_signal(2), Linux 5.1. @returns 0 or the negated errno (ESRCH: the process has ended) */
export function tryPidfdSendSignal(k: Executor, pidfd: number, signal: number): number {
  return k.attempt({ name: "pidfd_send_signal", args: [pidfd, signal, 0, 0], subject: String(signal) });
}

/**
 * Kills a child that has not been reaped, and so still has its number, with whichever call may do it: a seccomp filter around
 * us may be older than pidfd_send_signal(2).
 * @returns whether it ends
 */
export function killChild(k: Executor, child: { readonly pid: number; readonly pidfd: number }): boolean {
  const result = tryPidfdSendSignal(k, child.pidfd, SIGKILL);
  return result === 0 || result === -ESRCH || k.attempt({ name: "kill", args: [child.pid, SIGKILL] }) === 0;
}

/**
 * A child by descriptor. One that cannot be held so is ended, and reaped: its zombie would keep the pid namespace that it was
 * born in, whose first process could not end then (zap_pid_ns_processes, kernel/pid_namespace.c).
 * @throws SyscallError
 */
export function openChild(k: Executor, pid: number): number {
  const pidfd = k.attempt({ name: "pidfd_open", args: [pid, 0] });
  if (pidfd >= 0) return pidfd;
  k.attempt({ name: "kill", args: [pid, SIGKILL] });
  k.attempt({ name: "wait4", args: [pid, 0, 0, 0] });
  throw new SyscallError("pidfd_open", -pidfd, `process ${pid}`);
}

/** Makes the executor's process the parent of its orphaned descendants (PR_SET_CHILD_SUBREAPER, prctl(2)). */
export function becomeSubreaper(k: Executor): void {
  k.queue({ name: "prctl", args: [PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0], subject: "PR_SET_CHILD_SUBREAPER" });
}
