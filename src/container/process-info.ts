import { readText } from "../sys/host-files.ts";

/** What /proc/PID/stat says of a process. */
export interface ProcessInfo {
  /** One letter, `Z` for a zombie (proc(5)). */
  readonly state: string;
  /** Clock ticks since boot at which it began: a reused pid has another. */
  readonly startTime: number;
  /** Whether it executes a program, and not only what it was cloned with; a zombie still tells. */
  readonly hasExecuted: boolean;
}

/** Kernel flag of a process that was cloned and has not executed anything (include/linux/sched.h). */
const PF_FORKNOEXEC = 0x40;

/** Reads /proc/PID/stat; undefined when there is no such process. */
export function processInfo(pid: number): ProcessInfo | undefined {
  let text: string;
  try {
    text = readText(`/proc/${pid}/stat`);
  } catch {
    return undefined;
  }
  // The second field is the command's name in parentheses and may hold anything.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const hasExecuted = (Number(fields[6]) & PF_FORKNOEXEC) === 0;
  return { state: fields[0] ?? "", startTime: Number(fields[19]), hasExecuted };
}
