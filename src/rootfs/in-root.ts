import type { Executor } from "../sys/executor.ts";
import { Fd } from "../sys/fd.ts";
import {
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_PATH,
  O_WRONLY,
  openat2,
  openat2Call,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  tryMkdirat,
  tryOpenat2,
} from "../sys/files.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const ENOENT = 2;
const EAGAIN = 11;
const EEXIST = 17;
const ENOTDIR = 20;
const inRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

/**
 * Opens `path` as a process would whose root is `root`: symbolic links and ".." cannot leave it, links of /proc are
 * refused (openat2(2) RESOLVE_IN_ROOT; CVE-2021-30465, CVE-2024-45310).
 * @returns undefined when it does not exist
 * @throws SyscallError
 */
export function openInRoot(k: Executor, root: number, path: string, flags: number): Fd | undefined {
  const result = tryOpenat2(k, root, path === "" ? "." : path, { flags, resolve: inRoot });
  if (result === -ENOENT) return undefined;
  if (result < 0) throw new SyscallError("openat2", -result, JSON.stringify(path));
  return new Fd(k, result);
}

/** Opens paths that do not depend on each other as `openInRoot` does, all at once. @throws SyscallError */
export function openAllInRoot(
  k: Executor,
  root: number,
  paths: readonly string[],
  flags: number,
): (Fd | undefined)[] {
  const how = { flags, resolve: inRoot };
  const results = k.attemptAll(paths.map((path) => openat2Call(k, root, path, how)));
  return results.map((result, index) => {
    const path = paths[index] ?? "";
    // The kernel asks for another try when a rename raced with it.
    if (result === -EAGAIN) return openInRoot(k, root, path, flags);
    if (result === -ENOENT || result === -ENOTDIR) return undefined;
    if (result < 0) throw new SyscallError("openat2", -result, JSON.stringify(path));
    return new Fd(k, result);
  });
}

/** Opens the directory `path` below `root`, making what is missing of it (mode 0755). @throws SyscallError */
export function makeDirectoryInRoot(k: Executor, root: number, path: string): Fd {
  const flags = O_PATH | O_DIRECTORY;
  const found = openInRoot(k, root, path, flags);
  if (found !== undefined) return found;
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  const [existing, count] = deepest(k, root, names);
  let current = existing;
  for (const name of names.slice(count)) {
    using parent = current;
    current = makeDirectory(k, parent.number, name);
  }
  return current;
}

/** The deepest existing directory on the way, and how many names lead to it. */
function deepest(k: Executor, root: number, names: readonly string[]): [Fd, number] {
  for (let count = names.length - 1; count > 0; count--) {
    const found = openInRoot(k, root, names.slice(0, count).join("/"), O_PATH | O_DIRECTORY);
    if (found !== undefined) return [found, count];
  }
  return [openat2(k, root, ".", { flags: O_PATH | O_DIRECTORY, resolve: inRoot }), 0];
}

function makeDirectory(k: Executor, parent: number, name: string): Fd {
  const made = tryMkdirat(k, parent, name, 0o755);
  if (made < 0 && made !== -EEXIST) throw new SyscallError("mkdirat", -made, JSON.stringify(name));
  // O_NOFOLLOW: a link that took the directory's place since is not followed.
  const how = { flags: O_PATH | O_DIRECTORY | O_NOFOLLOW, resolve: inRoot };
  return openat2(k, parent, name, how);
}

/** Opens the file `path` below `root` (O_PATH), making an empty one and its directories where it is missing. */
export function makeFileInRoot(k: Executor, root: number, path: string): Fd {
  const found = openInRoot(k, root, path, O_PATH);
  if (found !== undefined) return found;
  const { directory, name } = splitPath(path);
  using parent = makeDirectoryInRoot(k, root, directory);
  const how = { flags: O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o755, resolve: inRoot };
  openat2(k, parent.number, name, how)[Symbol.dispose]();
  return openat2(k, parent.number, name, { flags: O_PATH | O_NOFOLLOW, resolve: inRoot });
}

/** A path as its directory and its last name. */
export function splitPath(path: string): { directory: string; name: string } {
  const trimmed = path.replace(/\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  return { directory: slash <= 0 ? "/" : trimmed.slice(0, slash), name: trimmed.slice(slash + 1) };
}
