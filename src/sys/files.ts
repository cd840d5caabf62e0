import { lazy } from "../base/lazy.ts";
import type { Call, Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import { local } from "./local.ts";
import { isSlot } from "./slots.ts";
import { SyscallError } from "./syscall-error.ts";

/** Only for kernels without openat2. */
const walker = lazy(() => require("./walk.ts") as typeof import("./walk.ts"));

export const AT_FDCWD = -100;
export const AT_EMPTY_PATH = 0x1000;
export const AT_SYMLINK_NOFOLLOW = 0x100;

/** open(2) flags. O_DIRECTORY, O_NOFOLLOW differ between architectures. */
const arm = process.arch === "arm64";
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_SYNC = 0o4010000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
export const O_DIRECTORY = arm ? 0o40000 : 0o200000;
export const O_NOFOLLOW = arm ? 0o100000 : 0o400000;

/** openat2(2) resolve flags. */
export const RESOLVE_NO_XDEV = 0x01;
export const RESOLVE_NO_MAGICLINKS = 0x02;
export const RESOLVE_NO_SYMLINKS = 0x04;
export const RESOLVE_BENEATH = 0x08;
export const RESOLVE_IN_ROOT = 0x10;

/** Types in st_mode (inode(7)). */
export const S_IFMT = 0o170000;
export const S_IFIFO = 0o010000;
export const S_IFCHR = 0o020000;
export const S_IFDIR = 0o040000;
export const S_IFBLK = 0o060000;
export const S_IFREG = 0o100000;
export const S_IFLNK = 0o120000;
export const S_IFSOCK = 0o140000;

const OPEN_HOW_SIZE = 24;
const PATH_MAX = 4096;
const STATX_SIZE = 256;
const STATX_BASIC_STATS = 0x7ff;
const EPERM = 1;
const ENOENT = 2;
const EAGAIN = 11;
const ENOTDIR = 20;
const ENOSYS = 38;
/** openat2 answers EAGAIN when a rename or mount raced with RESOLVE_IN_ROOT (openat2(2)). */
const RACE_RETRIES = 128;

/** How openat2 opens. */
export interface OpenHow {
  readonly flags: number;
  readonly mode?: number;
  readonly resolve: number;
}

/** The part of statx(2) that tsrun reads. */
export interface Stat {
  /** Type and permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly ino: bigint;
  readonly size: number;
  readonly rdevMajor: number;
  readonly rdevMinor: number;
}

/** openat2(2) as a call, Linux 5.6; close-on-exec is added. */
export function openat2Call(k: Executor, directory: number, path: string, how: OpenHow): Call {
  const { memory } = k;
  const address = memory.alloc(OPEN_HOW_SIZE);
  memory.setAddress(address, how.flags | O_CLOEXEC);
  memory.setAddress(address + 8, how.mode ?? 0);
  memory.setAddress(address + 16, how.resolve);
  const args = [directory, memory.string(path), address, OPEN_HOW_SIZE];
  return { name: "openat2", args, subject: JSON.stringify(path) };
}

let isMissing = false;

/**
 * Whether openat2(2) is missing, which its first result says: then `tryOpenat2` does without. A seccomp filter that is
 * older than the call answers EPERM, also for arguments that the kernel itself looks at first.
 */
export function lacksOpenat2(result = 0): boolean {
  if (result === -ENOSYS) isMissing = true;
  else if (result === -EPERM && !isMissing) {
    isMissing = local.attempt({ name: "openat2", args: [-1, 0, 0, 0] }) === -EPERM;
  }
  return isMissing;
}

/** openat2(2), or the same in user space (walk.ts). @returns the descriptor, or the negated errno */
export function tryOpenat2(k: Executor, directory: number, path: string, how: OpenHow): number {
  for (let attempt = 0; ; attempt++) {
    const result = isMissing
      ? walker().walk(k, directory, path, how)
      : k.attempt(openat2Call(k, directory, path, how));
    if (!isMissing && lacksOpenat2(result)) continue;
    if (result !== -EAGAIN || attempt === RACE_RETRIES) return result;
  }
}

/** openat2(2) as a descriptor. @throws SyscallError */
export function openat2(k: Executor, directory: number, path: string, how: OpenHow): Fd {
  const result = tryOpenat2(k, directory, path, how);
  if (result < 0) throw new SyscallError("openat2", -result, JSON.stringify(path));
  return new Fd(k, result);
}

/** openat(2) relative to `directory`; close-on-exec is added. For paths that are not below a container's root. */
export function openat(k: Executor, directory: number, path: string, flags: number, mode = 0): Fd {
  const args = [directory, k.memory.string(path), flags | O_CLOEXEC, mode];
  return new Fd(k, k.open({ name: "openat", args, subject: JSON.stringify(path) }));
}

/** statx(2) of a descriptor. */
export function fstat(k: Executor, fd: number): Stat {
  const buffer = k.memory.alloc(STATX_SIZE);
  k.call(statxCall(k, fd, buffer));
  return readStat(k, buffer);
}

/** statx(2) of what a path means, links followed; takes no descriptor. */
export function stat(k: Executor, directory: number, path: string): Stat {
  const buffer = k.memory.alloc(STATX_SIZE);
  const args = [directory, k.memory.string(path), 0, STATX_BASIC_STATS, buffer];
  k.call({ name: "statx", args, subject: JSON.stringify(path) });
  return readStat(k, buffer);
}

/** statx(2) of several descriptors at once; undefined for one that is not open. */
export function fstatAll(k: Executor, fds: readonly number[]): (Stat | undefined)[] {
  const buffers = fds.map(() => k.memory.alloc(STATX_SIZE));
  const results = k.attemptAll(fds.map((fd, index) => statxCall(k, fd, buffers[index] ?? 0)));
  return buffers.map((buffer, index) => (results[index] === 0 ? readStat(k, buffer) : undefined));
}

/** What was opened, and what it is. */
export interface Opened {
  readonly fd: Fd;
  readonly stat: Stat;
}

/** statx(2) of what openat2 finds, in one go; undefined where it finds nothing (ENOENT, ENOTDIR). @throws SyscallError */
export function openAndStat(
  k: Executor,
  directory: number,
  path: string,
  how: OpenHow,
  attempts = RACE_RETRIES,
): Opened | undefined {
  if (isMissing) return openThenStat(k, directory, path, how);
  const slot = k.newSlot();
  const buffer = k.memory.alloc(STATX_SIZE);
  const [fd = -1, status = -1] = k.attemptAll([
    { ...openat2Call(k, directory, path, how), store: slot },
    statxCall(k, slot, buffer),
  ]);
  k.freeSlot(slot);
  if (lacksOpenat2(fd)) return openThenStat(k, directory, path, how);
  if (fd === -EAGAIN && attempts > 0) return openAndStat(k, directory, path, how, attempts - 1);
  if (fd === -ENOENT || fd === -ENOTDIR) return undefined;
  if (fd < 0) throw new SyscallError("openat2", -fd, JSON.stringify(path));
  if (status < 0) throw new SyscallError("statx", -status, JSON.stringify(path));
  return { fd: new Fd(k, fd), stat: readStat(k, buffer) };
}

function openThenStat(k: Executor, directory: number, path: string, how: OpenHow): Opened | undefined {
  const fd = tryOpenat2(k, directory, path, how);
  if (fd === -ENOENT || fd === -ENOTDIR) return undefined;
  if (fd < 0) throw new SyscallError("openat2", -fd, JSON.stringify(path));
  return { fd: new Fd(k, fd), stat: fstat(k, fd) };
}

/** Up to `limit` bytes from the beginning of a file, in one go; undefined where it cannot be opened or read. */
export function readBeginning(
  k: Executor,
  directory: number,
  path: string,
  how: OpenHow,
  limit: number,
): Uint8Array | undefined {
  if (isMissing) return openThenRead(k, directory, path, how, limit);
  const slot = k.newSlot();
  const buffer = k.memory.space(limit);
  const [fd, count = -1] = k.attemptAll([
    { ...openat2Call(k, directory, path, how), store: slot },
    { name: "read", args: [slot, buffer, limit] },
    { name: "close", args: [slot] },
  ]);
  k.freeSlot(slot);
  if (lacksOpenat2(fd)) return openThenRead(k, directory, path, how, limit);
  return count < 0 ? undefined : k.memory.read(buffer, count);
}

function openThenRead(
  k: Executor,
  directory: number,
  path: string,
  how: OpenHow,
  limit: number,
): Uint8Array | undefined {
  const fd = tryOpenat2(k, directory, path, how);
  if (fd < 0) return undefined;
  const buffer = k.memory.space(limit);
  const count = k.attempt({ name: "read", args: [fd, buffer, limit] });
  k.close(fd);
  return count < 0 ? undefined : k.memory.read(buffer, count);
}

function statxCall(k: Executor, fd: number, buffer: number): Call {
  const args = [fd, k.memory.string(""), AT_EMPTY_PATH, STATX_BASIC_STATS, buffer];
  return { name: "statx", args, subject: isSlot(fd) ? "what was opened" : `descriptor ${fd}` };
}

function readStat({ memory }: Executor, address: number): Stat {
  return {
    mode: memory.getU32(address + 28) & 0xffff,
    uid: memory.getU32(address + 20),
    gid: memory.getU32(address + 24),
    ino: memory.getU64(address + 32),
    size: Number(memory.getU64(address + 40)),
    rdevMajor: memory.getU32(address + 128),
    rdevMinor: memory.getU32(address + 132),
  };
}

function statfsCall(fd: number, buffer: number): Call {
  return {
    name: "fstatfs",
    args: [fd, buffer],
    subject: isSlot(fd) ? "what was opened" : `descriptor ${fd}`,
  };
}

/** The file system's magic number (statfs(2) f_type) of a descriptor. */
export function fileSystemType(k: Executor, fd: number): number {
  const address = k.memory.alloc(120);
  k.call(statfsCall(fd, address));
  return k.memory.getU32(address);
}

/** Whether the mount of a descriptor is read-only (statfs(2) f_flags, ST_RDONLY). */
export function isReadOnlyMount(k: Executor, fd: number): boolean {
  const address = k.memory.alloc(120);
  k.call(statfsCall(fd, address));
  return (k.memory.getU32(address + 80) & 1) === 1;
}

/** Whether the mount of a descriptor forbids execution (statfs(2) f_flags, ST_NOEXEC). */
export function isNoexecMount(k: Executor, fd: number): boolean {
  const address = k.memory.alloc(120);
  k.call(statfsCall(fd, address));
  return (k.memory.getU32(address + 80) & 8) !== 0;
}

/** Up to `length` bytes of a file at `offset` (pread64(2)). @throws SyscallError */
export function readAt(k: Executor, fd: number, offset: number, length: number): Uint8Array {
  const { memory } = k;
  const buffer = memory.alloc(length);
  return memory.read(buffer, k.call({ name: "pread64", args: [fd, buffer, length, offset] }));
}

/** mkdirat(2). @returns 0 or the negated errno */
export function tryMkdirat(k: Executor, directory: number, name: string, mode: number): number {
  return k.attempt({ name: "mkdirat", args: [directory, k.memory.string(name), mode] });
}

/** mknodat(2) as a call; `mode` with the type, `device` as from makedev(3). */
export function mknodCall(k: Executor, directory: number, name: string, mode: number, device: number): Call {
  const args = [directory, k.memory.string(name), mode, device];
  return { name: "mknodat", args, subject: JSON.stringify(name) };
}

/** The kernel's encoding of a device number (makedev(3)). */
export function makeDevice(major: number, minor: number): number {
  return (minor & 0xff) + (major & 0xfff) * 0x100 + (minor & 0xfff00) * 0x1000;
}

/** symlinkat(2), queued. */
export function symlinkat(
  k: Executor,
  target: string,
  directory: number,
  name: string,
  optional = false,
): void {
  const args = [k.memory.string(target), directory, k.memory.string(name)];
  k.queue({
    name: "symlinkat",
    args,
    subject: `${JSON.stringify(name)} -> ${JSON.stringify(target)}`,
    optional,
  });
}

/** unlinkat(2), queued. */
export function unlinkat(k: Executor, directory: number, name: string, optional = false): void {
  const args = [directory, k.memory.string(name), 0];
  k.queue({ name: "unlinkat", args, subject: JSON.stringify(name), optional });
}

/** fchownat(2) of what a descriptor refers to, O_PATH or not (AT_EMPTY_PATH); queued. */
export function fchown(k: Executor, fd: number, uid: number, gid: number): void {
  k.queue({
    name: "fchownat",
    args: [fd, k.memory.string(""), uid, gid, AT_EMPTY_PATH],
    subject: `${uid}:${gid}`,
  });
}

/** fchmodat(2) of a name in `directory`; queued. */
export function fchmodat(k: Executor, directory: number, name: string, mode: number): void {
  k.queue({
    name: "fchmodat",
    args: [directory, k.memory.string(name), mode],
    subject: JSON.stringify(name),
  });
}

/** fchdir(2), queued. */
export function fchdir(k: Executor, fd: number): void {
  k.queue({ name: "fchdir", args: [fd] });
}

/** chdir(2), queued. */
export function chdir(k: Executor, path: string): void {
  k.queue({ name: "chdir", args: [k.memory.string(path)], subject: JSON.stringify(path) });
}

/** getcwd(2): the path of the working directory, marked by the kernel where it lies outside of the root. @throws SyscallError */
export function getcwd(k: Executor): string {
  const buffer = k.memory.space(PATH_MAX);
  const length = k.call({ name: "getcwd", args: [buffer, PATH_MAX] });
  return k.memory.text(buffer, length - 1);
}

/** dup3(2) onto `to`, queued; the copy is not close-on-exec. */
export function dupOnto(k: Executor, from: number, to: number): void {
  k.queue({ name: "dup3", args: [from, to, 0], subject: `${from} -> ${to}` });
}

/** Writes `text` in one write(2). @throws SyscallError */
export function writeText(k: Executor, fd: number, text: string): void {
  const data = new TextEncoder().encode(text);
  k.call({
    name: "write",
    args: [fd, k.memory.data(data), data.length],
    subject: JSON.stringify(text.trimEnd()),
  });
}

/** Up to `limit` bytes of a file from its current position, until its end. */
export function readAll(k: Executor, fd: number, limit: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let total = 0;
  while (total < limit) {
    const chunk = Math.min(limit - total, 65536);
    const buffer = k.memory.alloc(chunk);
    const count = k.call({ name: "read", args: [fd, buffer, chunk] });
    if (count === 0) break;
    parts.push(k.memory.read(buffer, count));
    total += count;
  }
  return Buffer.concat(parts);
}

/** readlinkat(2): what the symbolic link `name` in `directory` holds. @throws SyscallError EINVAL where it is no link */
export function readLink(k: Executor, directory: number, name: string): string {
  const path = k.memory.string(name);
  const buffer = k.memory.alloc(4096);
  const length = k.call({
    name: "readlinkat",
    args: [directory, path, buffer, 4096],
    subject: JSON.stringify(name),
  });
  return k.memory.text(buffer, length);
}
