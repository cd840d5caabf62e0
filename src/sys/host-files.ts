import { lazy } from "../base/lazy.ts";
import type { Call } from "./executor.ts";
import { pathAddress } from "./file-names.ts";
import { AT_FDCWD, fstat, O_CLOEXEC, O_CREAT, O_EXCL, O_PATH, O_RDONLY, O_WRONLY } from "./files.ts";
import { isNative } from "./koffi.ts";
import { local } from "./local.ts";
import { SyscallError } from "./syscall-error.ts";

// The host's files, by path, in this process. node:fs would cost each command 0.8 ms to load and up to 0.6 ms more for
// the first call of a function (rmSync), where a system call through koffi costs microseconds. Errors read like runc's:
// `open /x: no such file or directory`.

const CHUNK = 1 << 16;
/** Bytes that are read of a file, at most: one without an end (/dev/zero) would use up the machine's memory. */
const MAX_SIZE = 1 << 27;
const EFBIG = 27;
/** What says that a path leads nowhere, or where this user may not look: ENOENT, ESRCH, EACCES, ENOTDIR, ENAMETOOLONG, ELOOP. */
const nothing: ReadonlySet<number> = new Set([2, 3, 13, 20, 36, 40]);

/** For commands that do nothing but read: koffi would cost them more. */
const node = lazy(() => require("node:fs") as typeof import("node:fs"));
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A call on a path of this process, with what follows it. @returns the result or the negated errno */
export function attemptOn(path: string, name: Call["name"], ...rest: readonly number[]): number {
  return local.attempt({ name, args: [AT_FDCWD, pathAddress(path), ...rest] });
}

/** The result of a call that has not failed. @throws SyscallError with the name that Go, and so runc, gives the call */
export function must(result: number, call: string, path: string): number {
  if (result < 0) throw new SyscallError(call, -result, path);
  return result;
}

/** open(2), close-on-exec. @returns the descriptor, for `closeFile`. @throws SyscallError */
export function openFile(path: string, flags: number, mode = 0): number {
  return must(attemptOn(path, "openat", flags | O_CLOEXEC, mode), "open", path);
}

/** close(2). */
export function closeFile(fd: number): void {
  local.attempt({ name: "close", args: [fd] });
}

/**
 * The text of a file, UTF-8. Where no system call has been made yet, node:fs reads it: `state` and `list` get by with
 * that.
 * @throws SyscallError
 */
export function readText(path: string): string {
  if (!isNative()) return throughNode(path, (fs) => fs.readFileSync(path, "utf8"));
  const fd = openFile(path, O_RDONLY);
  try {
    return readOpen(fd, path);
  } finally {
    closeFile(fd);
  }
}

/** The text of a file that is open, from where it is read. @param path for errors. @throws SyscallError */
export function readOpen(fd: number, path: string): string {
  return decoder.decode(bytesOf(fd, path));
}

/** An action of node:fs whose failure is told like that of a system call. */
function throughNode<T>(path: string, action: (fs: typeof import("node:fs")) => T): T {
  try {
    return action(node());
  } catch (error) {
    const { syscall = "", errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    throw new SyscallError(syscall, -errno, path);
  }
}

/** Opens a file and closes it again, to see whether that can be done; as light as `readText`. @throws SyscallError */
export function tryOpen(path: string, flags: number): void {
  if (isNative()) closeFile(openFile(path, flags));
  else throughNode(path, (fs) => fs.closeSync(fs.openSync(path, flags)));
}

/** Writes the beginning of `bytes`, as much as the file takes; as light as `readText`. @returns how much. @throws SyscallError */
export function writeSome(fd: number, bytes: Uint8Array): number {
  const name = `descriptor ${fd}`;
  if (!isNative()) return throughNode(name, (fs) => fs.writeSync(fd, bytes));
  const part = bytes.subarray(0, CHUNK);
  const buffer = local.memory.data(part);
  return must(local.attempt({ name: "write", args: [fd, buffer, part.length] }), "write", name);
}

/** The text of a file that is open, from its beginning. @throws SyscallError */
export function rereadText(fd: number, path: string): string {
  must(local.attempt({ name: "lseek", args: [fd, 0, 0] }), "seek", path);
  return readOpen(fd, path);
}

/** All of this process's standard input, which may be anything that can be read. @throws SyscallError */
export function readStandardInput(): string {
  return decoder.decode(bytesOf(0, "standard input"));
}

/** Files of /proc and of cgroups end where they end: what a read returns says nothing of it. */
function bytesOf(fd: number, path: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let length = 0; length <= MAX_SIZE; length += parts.at(-1)?.length ?? 0) {
    const buffer = local.memory.space(CHUNK);
    const count = must(local.attempt({ name: "read", args: [fd, buffer, CHUNK] }), "read", path);
    if (count === 0) return joined(parts, length);
    parts.push(local.memory.read(buffer, count));
  }
  throw new SyscallError("read", EFBIG, path);
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Writes `text` to a file that is there, in one write(2), as files of cgroups and /proc want it. @throws SyscallError */
export function putText(path: string, text: string): void {
  writeThrough(openFile(path, O_WRONLY), path, text);
}

/** Makes a file of `text`; whatever is there already is refused (EEXIST), a symbolic link, too. @throws SyscallError */
export function createText(path: string, text: string, mode: number): void {
  writeThrough(openFile(path, O_WRONLY | O_CREAT | O_EXCL, mode), path, text);
}

function writeThrough(fd: number, path: string, text: string): void {
  try {
    writeOpen(fd, path, text);
  } finally {
    closeFile(fd);
  }
}

/**
 * Writes `text` to a file that is open. A regular file takes less than all of it only when its file system is full: then
 * the next write says so. @param path for errors. @throws SyscallError
 */
export function writeOpen(fd: number, path: string, text: string): void {
  let rest = new TextEncoder().encode(text);
  do {
    const part = rest.subarray(0, CHUNK);
    const buffer = local.memory.data(part);
    rest = rest.subarray(
      must(local.attempt({ name: "write", args: [fd, buffer, part.length] }), "write", path),
    );
  } while (rest.length > 0);
}

/** Inode number of what a path leads to, which tells namespaces apart (namespaces(7)); undefined where it leads nowhere. @throws SyscallError */
export function inodeOf(path: string): bigint | undefined {
  const fd = attemptOn(path, "openat", O_PATH | O_CLOEXEC);
  if (nothing.has(-fd)) return undefined;
  must(fd, "open", path);
  try {
    return fstat(local, fd).ino;
  } finally {
    closeFile(fd);
  }
}

/** Whether there is something at a path (access(2) F_OK), as far as this user may look. @throws SyscallError where it cannot be known */
export function exists(path: string): boolean {
  const result = attemptOn(path, "faccessat", 0);
  if (!nothing.has(-result)) must(result, "access", path);
  return result === 0;
}
