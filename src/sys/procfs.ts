import { TsrunError } from "../base/errors.ts";
import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  fileSystemType,
  O_CLOEXEC,
  O_DIRECTORY,
  O_PATH,
  O_RDONLY,
  openat,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  readAll,
  readLink,
  tryOpenat2,
} from "./files.ts";
import { MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID } from "./mount.ts";
import { tryMountDetached } from "./new-mounts.ts";
import { SyscallError } from "./syscall-error.ts";

/** statfs(2) f_type of a procfs, and the inode of its root (linux/magic.h, linux/proc_fs.h). */
const PROC_SUPER_MAGIC = 0x9fa0;
const PROC_ROOT_INO = 1n;
const STATFS_SIZE = 120;
const STATX_SIZE = 256;
const STATX_INO = 0x100;
/** Where stx_ino is in struct statx. */
const INODE = 32;
const EACCES = 13;
const EXDEV = 18;
/** More than a host with ten thousand mounts has in its mountinfo. */
const TEXT_MAX = 4 << 20;
const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;

/** A procfs of one process's files: no others' that it could not trace, should the descriptor ever be another's (proc(5)). */
const ofProcesses = { subset: "pid", hidepid: "ptraceable" } as const;

/** What is wanted of a procfs: what belongs to processes alone (its mount option subset=pid, Linux 5.8), or all. */
export type ProcfsPart = "processes" | "all";

/**
 * A procfs that nobody can have put anything into: what is written through it on the container's behalf reaches the
 * kernel, not a file of somebody's (CVE-2019-16884, CVE-2019-19921, CVE-2025-52881). It is a detached mount that is the
 * executor's alone; where the kernel does not give one (before Linux 5.2, or in a user namespace that sees only a part
 * of /proc, mount_namespaces(7)) it is /proc, if that is the root of a procfs. In neither is anything followed that
 * leads elsewhere: symbolic links, links of procfs, mounts.
 */
export class Procfs implements Disposable {
  readonly #k: Executor;
  #root: Fd;
  #detached: boolean;

  private constructor(k: Executor, root: Fd, detached: boolean) {
    this.#k = k;
    this.#root = root;
    this.#detached = detached;
  }

  /** A procfs of the pid namespace of the executor's process. @throws TsrunError where /proc must do and is none */
  static open(k: Executor, part: ProcfsPart): Procfs {
    const options: Readonly<Record<string, string>> = part === "processes" ? ofProcesses : {};
    const mount = tryMountDetached(
      k,
      "proc",
      options,
      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
    );
    return mount < 0 ? Procfs.mounted(k) : new Procfs(k, new Fd(k, mount), true);
  }

  /** The one that is mounted on /proc. @throws TsrunError where that is none */
  static mounted(k: Executor): Procfs {
    return new Procfs(k, openMounted(k), false);
  }

  /**
   * Opens a file: `sys/net/…`, or `self/attr/…` of the executor's process.
   * @throws SyscallError EXDEV or ELOOP where something leads out of it
   */
  open(path: string, flags: number): Fd {
    const result = this.tryOpen(path, flags);
    if (result >= 0) return new Fd(this.#k, result);
    // AppArmor's rules for a nested runtime know paths below /proc; those of a detached mount begin nowhere.
    if (result === -EACCES && this.#detached) {
      this.#useMounted();
      return this.open(path, flags);
    }
    throw new SyscallError("openat2", -result, JSON.stringify(path));
  }

  /** The same. @returns the descriptor, or the negated errno */
  tryOpen(path: string, flags: number): number {
    return this.#tryOpen(path, flags, resolve);
  }

  /**
   * The same where something of a procfs may be mounted on the way: a container that tsrun is nested in has its /proc/sys
   * read-only so. For what is read of the host, and decides nothing about a container.
   */
  tryOpenCovered(path: string, flags: number): number {
    const result = this.#tryOpen(path, flags, resolve);
    if (result !== -EXDEV) return result;
    const covered = this.#tryOpen(path, flags, resolve & ~RESOLVE_NO_XDEV);
    if (covered < 0 || fileSystemType(this.#k, covered) === PROC_SUPER_MAGIC) return covered;
    this.#k.close(covered);
    return -EXDEV;
  }

  /**
   * Opens what a link of procfs leads to, which no path does: `self/ns/net`, `1/root`, `self/fd/3`. The directory that
   * has the link is opened as `open` does it. @throws SyscallError
   */
  openLink(path: string, flags: number): Fd {
    const slash = path.lastIndexOf("/");
    using directory = this.open(path.slice(0, slash), O_PATH | O_DIRECTORY);
    return openat(this.#k, directory.number, path.slice(slash + 1), flags);
  }

  /** What such a link says that it leads to. @throws SyscallError */
  readLink(path: string): string {
    const slash = path.lastIndexOf("/");
    using directory = this.open(path.slice(0, slash), O_PATH | O_DIRECTORY);
    return readLink(this.#k, directory.number, path.slice(slash + 1));
  }

  /** The whole text of a file. @throws SyscallError */
  readText(path: string): string {
    using file = this.open(path, O_RDONLY);
    return new TextDecoder().decode(readAll(this.#k, file.number, TEXT_MAX));
  }

  /** `self` and `thread-self` are links of the kernel's that name this process as the procfs counts, and none is below them. */
  #tryOpen(path: string, flags: number, how: number): number {
    const isOwn = /^(?:thread-)?self\//.test(path);
    const resolution = isOwn ? how & ~RESOLVE_NO_SYMLINKS : how;
    return tryOpenat2(this.#k, this.#root.number, path, { flags, resolve: resolution });
  }

  /** The descriptor by which all of it can be reached. */
  get number(): number {
    return this.#root.number;
  }

  #useMounted(): void {
    const root = openMounted(this.#k);
    this.#root[Symbol.dispose]();
    this.#root = root;
    this.#detached = false;
  }

  [Symbol.dispose](): void {
    this.#root[Symbol.dispose]();
  }
}

/** Opens /proc and looks at it, in one go. */
function openMounted(k: Executor): Fd {
  const { memory } = k;
  const slot = k.newSlot();
  const [system, status] = [memory.alloc(STATFS_SIZE), memory.alloc(STATX_SIZE)];
  const [fd = -1, hasType = -1, hasInode = -1] = k.attemptAll([
    {
      name: "openat",
      args: [AT_FDCWD, memory.string("/proc"), O_PATH | O_DIRECTORY | O_CLOEXEC],
      store: slot,
    },
    { name: "fstatfs", args: [slot, system] },
    { name: "statx", args: [slot, memory.string(""), AT_EMPTY_PATH, STATX_INO, status] },
  ]);
  k.freeSlot(slot);
  const isRoot =
    memory.getU32(system) === PROC_SUPER_MAGIC && memory.getU64(status + INODE) === PROC_ROOT_INO;
  const failure = failureOf({ openat: fd, fstatfs: hasType, statx: hasInode });
  if (failure === undefined && isRoot) return new Fd(k, fd);
  if (fd >= 0) k.close(fd);
  throw failure ?? new TsrunError("/proc is not the root of a proc file system");
}

/** The first of the calls on /proc that failed: what is there has not been seen, then. */
function failureOf(results: Readonly<Record<string, number>>): SyscallError | undefined {
  const [name, result = 0] = Object.entries(results).find(([, value]) => value < 0) ?? [];
  return name === undefined ? undefined : new SyscallError(name, -result, '"/proc"');
}
