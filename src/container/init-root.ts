import type { Fd } from "../sys/fd.ts";
import { AT_FDCWD, O_DIRECTORY, O_PATH, openat } from "../sys/files.ts";
import { local } from "../sys/local.ts";
import { SyscallError } from "../sys/syscall-error.ts";

/**
 * The root of a process, to look into after it has ended; undefined where the caller may not (a rootless one, as init
 * is not dumpable).
 */
export function rootOf(pid: number): Fd | undefined {
  try {
    return openat(local, AT_FDCWD, `/proc/${pid}/root`, O_PATH | O_DIRECTORY);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}
