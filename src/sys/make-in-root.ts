import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import {
  fstat,
  lacksOpenat2,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  openat2,
  openat2Call,
  readLink,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
} from "./files.ts";
import { IN_ROOT, openInRoot, splitPath } from "./in-root.ts";
import { linkIn, symlinkIn, tryCreateIn, tryMkdirIn } from "./names.ts";
import { SyscallError } from "./syscall-error.ts";

const EEXIST = 17;
const ENOTDIR = 20;
const ELOOP = 40;
/** As many symbolic links as the kernel follows on one path (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * Opens the directory `path` below `root`, making what is missing of it (mode 0755), also behind symbolic links that
 * lead to nothing yet: images have them, /var/run for one. @throws SyscallError
 */
export function makeDirectoryInRoot(k: Executor, root: number, path: string, links = 0): Fd {
  const found = openOrMakeLast(k, root, path);
  if (found !== undefined) return found;
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  const [existing, count] = deepest(k, root, names);
  const missing = names.slice(count);
  if (missing.includes("..")) {
    existing[Symbol.dispose]();
    const plain = [...names.slice(0, count), ...withoutParents(missing)].join("/");
    return makeDirectoryInRoot(k, root, plain, links);
  }
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

/**
 * Opens the directory, or makes and opens the last name in one that is there, all at once: what is most often needed.
 * @returns undefined where it takes more than that
 */
function openOrMakeLast(k: Executor, root: number, path: string): Fd | undefined {
  const { directory, name } = splitPath(path);
  const how = { flags: O_PATH | O_DIRECTORY, resolve: IN_ROOT };
  if (name === "" || name === "." || name === ".." || lacksOpenat2()) {
    return openInRoot(k, root, path, how.flags);
  }
  const parent = k.newSlot();
  const [whole = -1, , , last = -1] = k.attemptAll([
    openat2Call(k, root, path, how),
    { ...openat2Call(k, root, directory, how), store: parent },
    { name: "mkdirat", args: [parent, k.memory.string(name), 0o755] },
    openat2Call(k, parent, name, { ...how, flags: how.flags | O_NOFOLLOW }),
    { name: "close", args: [parent] },
  ]);
  k.freeSlot(parent);
  if (lacksOpenat2(whole)) return openInRoot(k, root, path, how.flags);
  if (whole < 0) return last < 0 ? undefined : new Fd(k, last);
  if (last >= 0) k.close(last);
  return new Fd(k, whole);
}

/** The deepest existing directory on the way, and how many names lead to it. */
function deepest(k: Executor, root: number, names: readonly string[]): [Fd, number] {
  for (let count = names.length - 1; count > 0; count--) {
    const found = openInRoot(k, root, names.slice(0, count).join("/"), O_PATH | O_DIRECTORY);
    if (found !== undefined) return [found, count];
  }
  return [openat2(k, root, ".", { flags: O_PATH | O_DIRECTORY, resolve: IN_ROOT }), 0];
}

/** Names of which nothing exists, without "..": there is nothing that its parent could be asked of. */
function withoutParents(names: readonly string[]): string[] {
  const result: string[] = [];
  for (const name of names) {
    if (name === ".." && result.length > 0 && result.at(-1) !== "..") result.pop();
    else result.push(name);
  }
  return result;
}

/** Makes and opens a directory; where the name is a symbolic link's, returns what that holds. */
function makeDirectory(k: Executor, parent: number, name: string): Fd | string {
  const made = tryMkdirIn(k, parent, name, 0o755);
  if (made < 0 && made !== -EEXIST) throw new SyscallError("mkdirat", -made, JSON.stringify(name));
  // O_NOFOLLOW: a link that took the directory's place since is not followed by the kernel, but resolved in-root.
  using found = openat2(k, parent, name, { flags: O_PATH | O_NOFOLLOW, resolve: IN_ROOT });
  const type = fstat(k, found.number).mode & S_IFMT;
  if (type === S_IFLNK) return readLink(k, found.number, "");
  if (type !== S_IFDIR) throw new SyscallError("openat2", ENOTDIR, JSON.stringify(name));
  return new Fd(k, found.take());
}

/**
 * Opens the file `path` below `root`, making an empty one and its directories where it is missing, also behind a symbolic
 * link that leads to nothing yet: an image's /etc/resolv.conf often is one. What has been made is what is returned,
 * whatever has its name by then. @throws SyscallError
 */
export function makeFileInRoot(k: Executor, root: number, path: string, links = 0): Fd {
  const found = openInRoot(k, root, path, O_PATH);
  if (found !== undefined) return found;
  const { directory, name } = splitPath(path);
  using parent = makeDirectoryInRoot(k, root, directory);
  const made = tryCreateIn(k, parent.number, name, 0o755);
  if (made >= 0) return new Fd(k, made);
  if (made !== -EEXIST) throw new SyscallError("openat", -made, JSON.stringify(path));
  if (links === MAX_LINKS) throw new SyscallError("openat", ELOOP, JSON.stringify(path));
  // No link: somebody else has made the file meanwhile.
  const target = linkIn(k, parent.number, name) ?? name;
  return makeFileInRoot(k, root, target.startsWith("/") ? target : `${directory}/${target}`, links + 1);
}

/**
 * Makes the symbolic link `path` below `root`, and its directories; one that holds the same already stays.
 * @throws SyscallError EEXIST where anything else is there
 */
export function makeLinkInRoot(k: Executor, root: number, path: string, target: string): void {
  const { directory, name } = splitPath(path);
  using parent = makeDirectoryInRoot(k, root, directory);
  if (linkIn(k, parent.number, name) !== target) symlinkIn(k, parent.number, name, target);
}
