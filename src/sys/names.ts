import { TsrunError } from "../base/errors.ts";
import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import {
  AT_SYMLINK_NOFOLLOW,
  mknodCall,
  O_CLOEXEC,
  O_CREAT,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  readLink,
  symlinkat,
  tryMkdirat,
  unlinkat,
} from "./files.ts";
import { failedCall, isErrno } from "./syscall-error.ts";

// What is done to one name in a directory that is open. None of these calls follows a link that the name is, and a name
// with a slash, which could lead elsewhere, is refused.

/** Umask that leaves a mode as it is asked for. */
const NO_MASK = 0;

/** A node to make: its name, its type and permission bits, its device number (`makeDevice`). */
export interface NodeEntry {
  readonly name: string;
  readonly mode: number;
  readonly device: number;
}

/** @throws TsrunError where it is more than one name, or means this directory or the one above */
function single(name: string): string {
  if (name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name)) return name;
  throw new TsrunError(`${JSON.stringify(name)} is not the name of a file`);
}

/** Opens what is at a name; a link itself with O_PATH, else it is refused (ELOOP). */
export function openIn(k: Executor, directory: number, name: string, flags: number, mode = 0): Fd {
  const args = [directory, k.memory.string(single(name)), flags | O_NOFOLLOW | O_CLOEXEC, mode];
  return new Fd(k, k.open({ name: "openat", args, subject: JSON.stringify(name) }));
}

/** Opens a directory once more, for a descriptor of its own: "." of itself. */
export function openAgain(k: Executor, directory: number, flags: number): Fd {
  const args = [directory, k.memory.string("."), flags | O_CLOEXEC, 0];
  return new Fd(k, k.open({ name: "openat", args, subject: "." }));
}

/** Makes a file, mode cut by the umask, and opens it for reading. @returns the descriptor, or the negated errno: -EEXIST for a link, too */
export function tryCreateIn(k: Executor, directory: number, name: string, mode: number): number {
  const flags = O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const args = [directory, k.memory.string(single(name)), flags, mode];
  return k.attempt({ name: "openat", args, subject: JSON.stringify(name) });
}

/** mkdirat(2), cut by the umask. @returns 0 or the negated errno */
export function tryMkdirIn(k: Executor, directory: number, name: string, mode: number): number {
  return tryMkdirat(k, directory, single(name), mode);
}

/** mkdirat(2), queued. */
export function mkdirIn(k: Executor, directory: number, name: string, mode: number): void {
  const args = [directory, k.memory.string(single(name)), mode];
  k.queue({ name: "mkdirat", args, subject: JSON.stringify(name) });
}

/**
 * Makes nodes (mknodat(2)) at once, with all of their modes: a chmod(2) afterwards would follow a link that somebody
 * puts in a node's place. @returns 0 or the negated errno of each
 */
export function mknodsIn(k: Executor, directory: number, nodes: readonly NodeEntry[]): number[] {
  const calls = nodes.map(({ name, mode, device }) => mknodCall(k, directory, single(name), mode, device));
  const [mask = 0, ...results] = k.attemptAll([{ name: "umask", args: [NO_MASK] }, ...calls]);
  k.queue({ name: "umask", args: [mask] });
  return results;
}

/** symlinkat(2), queued. @param optional whether something may be there already */
export function symlinkIn(
  k: Executor,
  directory: number,
  name: string,
  target: string,
  optional = false,
): void {
  symlinkat(k, target, directory, single(name), optional);
}

/** What a symbolic link holds; undefined where there is none of this name. @throws SyscallError */
export function linkIn(k: Executor, directory: number, name: string): string | undefined {
  try {
    return readLink(k, directory, single(name));
  } catch (error) {
    if (isErrno(failedCall(error), "EINVAL", "ENOENT")) return undefined;
    throw error;
  }
}

/** unlinkat(2) of what is no directory, queued. @param optional whether nothing need be there */
export function unlinkIn(k: Executor, directory: number, name: string, optional = false): void {
  unlinkat(k, directory, single(name), optional);
}

/** fchownat(2), queued. */
export function chownIn(k: Executor, directory: number, name: string, uid: number, gid: number): void {
  const args = [directory, k.memory.string(single(name)), uid, gid, AT_SYMLINK_NOFOLLOW];
  k.queue({ name: "fchownat", args, subject: JSON.stringify(name) });
}
