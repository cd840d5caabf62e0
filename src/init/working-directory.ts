import { TsrunError } from "../base/errors.ts";
import type { Executor } from "../sys/executor.ts";
import { chdir, fchdir, getcwd, O_DIRECTORY, O_PATH } from "../sys/files.ts";
import { openInRoot } from "../sys/in-root.ts";
import { isErrno, SyscallError } from "../sys/syscall-error.ts";

const POINTER = "/process/cwd";
const ENOENT = 2;

/**
 * Enters `process.cwd` below the container's root, whatever symbolic links are on the way; queued.
 * @returns false where root has no access to it but the user may have (a file server that does not trust root)
 */
export function enterWorkingDirectory(k: Executor, root: number, cwd: string): boolean {
  return k.within(text(cwd), POINTER, () => {
    try {
      using directory = openInRoot(k, root, cwd, O_PATH | O_DIRECTORY);
      if (directory === undefined) throw new SyscallError("openat2", ENOENT, JSON.stringify(cwd));
      fchdir(k, directory.number);
      return true;
    } catch (error) {
      if (isErrno(error, "EACCES")) return false;
      throw error;
    }
  });
}

/**
 * The same with the rights of the process's user, when it is that user's and the container's root is its root. A path may
 * lead through a descriptor in /proc: it must not lead out (CVE-2024-21626). @throws TsrunError
 */
export function enterWorkingDirectoryAsUser(k: Executor, cwd: string): void {
  k.within(text(cwd), POINTER, () => {
    chdir(k, cwd);
    // What lies outside of the root has a path that the kernel marks, or none (getcwd(2), "(unreachable)").
    if (!getcwd(k).startsWith("/")) {
      throw new TsrunError(`the working directory ${cwd} is outside of the container's root`, {
        pointer: POINTER,
      });
    }
  });
}

function text(cwd: string): string {
  return `changing to the working directory ${cwd}`;
}
