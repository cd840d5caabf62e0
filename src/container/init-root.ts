import type { Fd } from "../sys/fd.ts";
import { openRootOf } from "../sys/host-proc.ts";
import { SyscallError } from "../sys/syscall-error.ts";

/**
 * The root of a process, to look into after it has ended; undefined where the caller may not (a rootless one, as init
 * is not dumpable).
 */
export function rootOf(pid: number): Fd | undefined {
  try {
    return openRootOf(pid);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}
