import { range } from "../base/range.ts";

/** Signal numbers of signal(7), the same on x86-64 and arm64. */
export const SIGCHLD = 17;
export const SIGCONT = 18;
export const SIGWINCH = 28;

/**
 * What a foreground runtime does not take: SIGKILL and SIGSTOP cannot be caught; the faults (SIGILL, SIGTRAP, SIGABRT,
 * SIGBUS, SIGFPE, SIGSEGV, SIGSYS), SIGPWR (it stops threads for the garbage collector) and libc's 32 and 33 have
 * handlers of the engine's; SIGPIPE and SIGXFSZ are ignored, a lost reader is seen by the write that fails; SIGTTIN and
 * SIGTTOU stop a job that is not in the foreground, as they should; SIGURG says nothing, and runc drops it, too.
 */
const left: ReadonlySet<number> = new Set([4, 5, 6, 7, 8, 9, 11, 13, 19, 21, 22, 23, 25, 30, 31, 32, 33]);
const own: ReadonlySet<number> = new Set([SIGCHLD, SIGWINCH]);
const LAST = 64;

/** The signals that a foreground runtime takes from the moment it begins. */
export const trapped: readonly number[] = range(1, LAST).filter((signal) => !left.has(signal));

/** Whether a signal that arrived is meant for the container. */
export function isForwarded(signal: number): boolean {
  return !own.has(signal);
}
