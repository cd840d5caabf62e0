import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import {
  lacksOpenat2,
  O_NONBLOCK,
  O_RDONLY,
  openAndStat,
  openat2Call,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  readBeginning,
  tryOpenat2,
} from "./files.ts";
import { SyscallError } from "./syscall-error.ts";

const ENOENT = 2;
const EAGAIN = 11;
const ENOTDIR = 20;
/** How openat2(2) resolves a path as a process would whose root is the directory, links of /proc refused. */
export const IN_ROOT = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

/**
 * Opens `path` as a process would whose root is `root`: symbolic links and ".." cannot leave it, links of /proc are
 * refused (openat2(2) RESOLVE_IN_ROOT; CVE-2021-30465, CVE-2024-45310).
 * @returns undefined when it does not exist
 * @throws SyscallError
 */
export function openInRoot(k: Executor, root: number, path: string, flags: number): Fd | undefined {
  const result = tryOpenat2(k, root, path === "" ? "." : path, { flags, resolve: IN_ROOT });
  if (result === -ENOENT) return undefined;
  if (result < 0) throw new SyscallError("openat2", -result, JSON.stringify(path));
  return new Fd(k, result);
}

/**
 * Opens `path` below an open directory where no link is on the way or at its end.
 * @param oneMount whether nothing may be mounted there, either: what is meant is in that file system itself
 * @returns undefined when it does not exist. @throws SyscallError ELOOP, EXDEV
 */
export function openPlain(
  k: Executor,
  directory: number,
  path: string,
  flags: number,
  oneMount = false,
): Fd | undefined {
  const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | (oneMount ? RESOLVE_NO_XDEV : 0);
  const result = tryOpenat2(k, directory, path, { flags, resolve });
  if (result === -ENOENT) return undefined;
  if (result < 0) throw new SyscallError("openat2", -result, JSON.stringify(path));
  return new Fd(k, result);
}

/** Opens `path` as `openInRoot` does and looks at what it is, in one go. @throws SyscallError */
export function findInRoot(
  k: Executor,
  root: number,
  path: string,
  flags: number,
): ReturnType<typeof openAndStat> {
  return openAndStat(k, root, path, { flags, resolve: IN_ROOT });
}

/**
 * The beginning of a file below `root`, at most `limit` bytes; undefined where it cannot be read. O_NONBLOCK: where the
 * image has a FIFO, nothing waits for its other end.
 */
export function readInRoot(k: Executor, root: number, path: string, limit: number): Uint8Array | undefined {
  return readBeginning(k, root, path, { flags: O_RDONLY | O_NONBLOCK, resolve: IN_ROOT }, limit);
}

/** Opens paths that do not depend on each other as `openInRoot` does, all at once. @throws SyscallError */
export function openAllInRoot(
  k: Executor,
  root: number,
  paths: readonly string[],
  flags: number,
): (Fd | undefined)[] {
  const how = { flags, resolve: IN_ROOT };
  const results = k.attemptAll(paths.map((path) => openat2Call(k, root, path, how)));
  return results.map((first, index) => {
    const path = paths[index] ?? "";
    // The kernel asks for another try when a rename raced with it.
    const again = first === -EAGAIN || lacksOpenat2(first);
    const result = again ? tryOpenat2(k, root, path, how) : first;
    if (result === -ENOENT || result === -ENOTDIR) return undefined;
    if (result < 0) throw new SyscallError("openat2", -result, JSON.stringify(path));
    return new Fd(k, result);
  });
}

/** A path as its directory and its last name. */
export function splitPath(path: string): { directory: string; name: string } {
  const trimmed = path.replace(/\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  return { directory: slash <= 0 ? "/" : trimmed.slice(0, slash), name: trimmed.slice(slash + 1) };
}
