import { readProc } from "../sys/host-proc.ts";
import { isErrno } from "../sys/syscall-error.ts";

/** What /proc/PID/stat says of a process. */
export interface ProcessInfo {
  /** One letter, `Z` for a zombie (proc(5)). */
  readonly state: string;
  /** Clock ticks since boot at which it began: a reused pid has another. */
  readonly startTime: number;
  /** Whether it executes a program, and not only what it was cloned with; a zombie still tells. */
  readonly hasExecuted: boolean;
  /** Whether its end has begun: it may have lost its namespaces, but has not become a zombie. */
  readonly isExiting: boolean;
}

/** Kernel flag of a process that is being shut down (include/linux/sched.h). */
const PF_EXITING = 0x4;

/** The same of one that was cloned and has not executed anything (include/linux/sched.h). */
const PF_FORKNOEXEC = 0x40;

/** Reads /proc/PID/stat; undefined when there is no such process. @throws SyscallError when that cannot be known (EMFILE) */
export function processInfo(pid: number): ProcessInfo | undefined {
  let text: string;
  try {
    text = readProc(`${pid}/stat`);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH")) return undefined;
    throw error;
  }
  return parseStat(text);
}

/** Whether the process is there that had this number and began at that time, and is no zombie. */
export function lives(pid: number, startTime: number): boolean {
  const info = processInfo(pid);
  return info !== undefined && info.startTime === startTime && info.state !== "Z" && info.state !== "X";
}

/** The text of /proc/PID/stat (proc_pid_stat(5)). The second field is the program's name in parentheses and may hold anything. */
export function parseStat(text: string): ProcessInfo {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const flags = Number(fields[6]);
  return {
    state: fields[0] ?? "",
    startTime: Number(fields[19]),
    hasExecuted: (flags & PF_FORKNOEXEC) === 0,
    isExiting: (flags & PF_EXITING) !== 0,
  };
}
