import type { Executor } from "../sys/executor.ts";
import { fstat, isNoexecMount, O_NONBLOCK, O_PATH, O_RDONLY, readAt, S_IFMT, S_IFREG } from "../sys/files.ts";
import { openInRoot } from "../sys/in-root.ts";
import { SyscallError } from "../sys/syscall-error.ts";
import type { ReadAt } from "./program-file.ts";

/** What execve(2) looks at before it reads a file. */
export interface ProgramFile {
  /** Type and permission bits. */
  readonly mode: number;
  /** Whether it lies on a mount with the option noexec. */
  readonly noexec: boolean;
  /** Reads of it; nothing where it is no ordinary file or can't be opened. */
  readonly read: ReadAt;
}

/** Looks at the file that a path inside means; undefined where there is none. */
export type LookAt = (path: string) => ProgramFile | undefined;

/** Looks at files below the container's root, which decides what symbolic links mean. @param root its descriptor */
export function filesBelow(k: Executor, root: number): LookAt {
  return (path) => {
    using file = unlessRefused(() => openInRoot(k, root, path, O_PATH));
    if (file === undefined) return undefined;
    const { mode } = fstat(k, file.number);
    const ordinary = (mode & S_IFMT) === S_IFREG;
    const read: ReadAt = (offset, length) =>
      (ordinary ? unlessRefused(() => readPart(k, root, path, offset, length)) : undefined) ??
      new Uint8Array();
    return { mode, noexec: isNoexecMount(k, file.number), read };
  };
}

/** The path may mean another file by now: O_NONBLOCK keeps a FIFO from holding us up. */
function readPart(
  k: Executor,
  root: number,
  path: string,
  offset: number,
  length: number,
): Uint8Array | undefined {
  using file = openInRoot(k, root, path, O_RDONLY | O_NONBLOCK);
  return file === undefined ? undefined : readAt(k, file.number, offset, length);
}

/** What the kernel refuses counts as missing: this only explains an error that has happened. */
function unlessRefused<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}
