import { directoryOf } from "../base/path.ts";
import type { Call } from "./executor.ts";
import { decodeName, pathAddress } from "./file-names.ts";
import { AT_FDCWD, O_CLOEXEC, O_DIRECTORY, O_NOFOLLOW, O_PATH, O_RDONLY } from "./files.ts";
import { attemptOn, closeFile, must, openFile } from "./host-files.ts";
import { local } from "./local.ts";

const AT_REMOVEDIR = 0x200;
const ENOENT = 2;
const EEXIST = 17;
const ENOTDIR = 20;
const ENOTEMPTY = 39;
const ELOOP = 40;
/** What says that there is no directory of a name. */
const missing: ReadonlySet<number> = new Set([ENOENT, ENOTDIR, ELOOP]);
/** So often a directory is emptied into which others put something meanwhile. */
const ROUNDS = 100;
const CHUNK = 1 << 15;
/** Offsets in struct linux_dirent64 (getdents64(2)). */
const [LENGTH, TYPE, NAME] = [16, 18, 19];
/** d_type of what may be a directory: the second where the file system does not tell. */
const [DT_DIR, DT_UNKNOWN] = [4, 0];

/** A name in a directory. */
export interface DirectoryEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** mkdir(2). @returns false where something is there already. @throws SyscallError */
export function makeDirectory(path: string, mode: number): boolean {
  const result = attemptOn(path, "mkdirat", mode);
  if (result === -EEXIST) return false;
  must(result, "mkdir", path);
  return true;
}

/**
 * Makes a directory and those above it that are missing, from the top.
 * @returns what was made, in this order
 * @throws SyscallError
 */
export function makeDirectories(path: string, mode: number): string[] {
  const result = attemptOn(path, "mkdirat", mode);
  if (result === 0) return [path];
  if (result === -EEXIST) return [];
  const above = directoryOf(path);
  if (result !== -ENOENT || above === path) must(result, "mkdir", path);
  const made = makeDirectories(above, mode);
  return makeDirectory(path, mode) ? [...made, path] : made;
}

/** rmdir(2). @throws SyscallError */
export function removeDirectory(path: string): void {
  must(attemptOn(path, "unlinkat", AT_REMOVEDIR), "rmdir", path);
}

/** unlink(2). @returns false where there is nothing. @throws SyscallError */
export function removeFile(path: string): boolean {
  const result = attemptOn(path, "unlinkat", 0);
  mustBeGone(result, "unlink", path);
  return result === 0;
}

/** rename(2). @throws SyscallError */
export function renameFile(from: string, to: string): void {
  const { memory } = local;
  const args = [AT_FDCWD, memory.string(from), AT_FDCWD, memory.string(to), 0];
  must(local.attempt({ name: "renameat2", args }), "rename", `${from} ${to}`);
}

/** What a directory holds, in the kernel's order. @throws SyscallError */
export function listDirectory(path: string): DirectoryEntry[] {
  const fd = openFile(path, O_RDONLY | O_DIRECTORY);
  try {
    return listOpen(fd, path);
  } finally {
    closeFile(fd);
  }
}

/** The same of one that is open. @param path for errors. @throws SyscallError */
export function listOpen(fd: number, path: string): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (;;) {
    const buffer = local.memory.space(CHUNK);
    const count = local.attempt({ name: "getdents64", args: [fd, buffer, CHUNK] });
    // ENOENT is the kernel's word for one that has been removed since it was opened: it holds nothing (POSIX readdir()).
    if (count === 0 || count === -ENOENT) return entries;
    readEntries(fd, local.memory.read(buffer, must(count, "readdir", path)), entries);
  }
}

function readEntries(fd: number, bytes: Uint8Array, entries: DirectoryEntry[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += view.getUint16(at + LENGTH, true)) {
    const start = at + NAME;
    const name = decodeName(bytes.subarray(start, bytes.indexOf(0, start)));
    if (name === "." || name === "..") continue;
    const type = bytes[at + TYPE];
    entries.push({ name, isDirectory: type === DT_DIR || (type === DT_UNKNOWN && isDirectory(fd, name)) });
  }
}

/** Whether there is a directory of this name, and no symbolic link to one. */
function isDirectory(directory: number, name: string): boolean {
  const fd = attemptAt(directory, name, "openat", O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (fd >= 0) closeFile(fd);
  return fd >= 0;
}

function attemptAt(directory: number, name: string, call: Call["name"], ...rest: readonly number[]): number {
  return local.attempt({ name: call, args: [directory, pathAddress(name), ...rest] });
}

/**
 * Removes a directory and all in it, where there is one, with others who remove the same or still put files there. Names
 * are looked up in the directory that is open, so that a link that takes a directory's place leads nowhere.
 * @throws SyscallError
 */
export function removeTree(path: string): void {
  removeTreeAt(AT_FDCWD, path, path);
}

function removeTreeAt(parent: number, name: string, path: string): void {
  for (let round = 1; ; round++) {
    emptyAt(parent, name, path);
    const result = attemptAt(parent, name, "unlinkat", AT_REMOVEDIR);
    if (missing.has(-result)) return;
    if (result !== -ENOTEMPTY || round === ROUNDS) {
      must(result, "rmdir", path);
      return;
    }
  }
}

/** Removes all that is in a directory, where there is one. */
function emptyAt(parent: number, name: string, path: string): void {
  const fd = attemptAt(parent, name, "openat", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (missing.has(-fd)) return;
  must(fd, "open", path);
  try {
    for (const entry of listOpen(fd, path)) removeEntry(fd, entry, `${path}/${entry.name}`);
  } finally {
    closeFile(fd);
  }
}

function removeEntry(directory: number, entry: DirectoryEntry, path: string): void {
  if (entry.isDirectory) {
    removeTreeAt(directory, entry.name, path);
    return;
  }
  mustBeGone(attemptAt(directory, entry.name, "unlinkat", 0), "unlink", path);
}

/** Another command may be removing the same: whoever comes first. */
function mustBeGone(result: number, call: string, path: string): void {
  if (result !== -ENOENT) must(result, call, path);
}
