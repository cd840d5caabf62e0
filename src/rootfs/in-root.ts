import type { Executor } from "../sys/executor.ts";
import { Fd } from "../sys/fd.ts";
import {
  fstat,
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
  readLink,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  tryMkdirat,
  tryOpenat2,
} from "../sys/files.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const ENOENT = 2;
const EAGAIN = 11;
const EEXIST = 17;
const ENOTDIR = 20;
const ELOOP = 40;
/** As many symbolic links as the kernel follows on one path (path_resolution(7)). */
const MAX_LINKS = 40;
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

/**
 * Opens the directory `path` below `root`, making what is missing of it (mode 0755), also behind symbolic links that
 * lead to nothing yet: images have them, /var/run for one. @throws SyscallError
 */
export function makeDirectoryInRoot(k: Executor, root: number, path: string, links = 0): Fd {
  const flags = O_PATH | O_DIRECTORY;
  const found = openInRoot(k, root, path, flags);
  if (found !== undefined) return found;
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  const [existing, count] = deepest(k, root, names);
  let current = existing;
  for (const [index, name] of names.entries()) {
    if (index < count) continue;
    using parent = current;
    const made = makeDirectory(k, parent.number, name);
    if (typeof made === "string") {
      if (links === MAX_LINKS) throw new SyscallError("openat2", ELOOP, JSON.stringify(path));
      const start = made.startsWith("/") ? [] : names.slice(0, index);
      const rest = [...start, made, ...names.slice(index + 1)].join("/");
      return makeDirectoryInRoot(k, root, rest, links + 1);
    }
    current = made;
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

/** Makes and opens a directory; where the name is a symbolic link's, returns what that holds. */
function makeDirectory(k: Executor, parent: number, name: string): Fd | string {
  const made = tryMkdirat(k, parent, name, 0o755);
  if (made < 0 && made !== -EEXIST) throw new SyscallError("mkdirat", -made, JSON.stringify(name));
  // O_NOFOLLOW: a link that took the directory's place since is not followed by the kernel, but resolved in-root.
  using found = openat2(k, parent, name, { flags: O_PATH | O_NOFOLLOW, resolve: inRoot });
  const type = fstat(k, found.number).mode & S_IFMT;
  if (type === S_IFLNK) return readLink(k, parent, name);
  if (type !== S_IFDIR) throw new SyscallError("openat2", ENOTDIR, JSON.stringify(name));
  return new Fd(k, found.take());
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
