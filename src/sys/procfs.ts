import { TsrunError } from "../base/errors.ts";
import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import {
  AT_FDCWD,
  fileSystemType,
  fstat,
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
  /** What the links of the executor's process and thread hold. */
  readonly #own = new Map<string, string>();

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

  #tryOpen(path: string, flags: number, how: number): number {
    const [, link = ""] = /^(self|thread-self)\//.exec(path) ?? [];
    const below = link === "" ? path : `${this.#ownName(link)}${path.slice(link.length)}`;
    return tryOpenat2(this.#k, this.#root.number, below, { flags, resolve: how });
  }

  /** This process as the procfs counts: in /proc it may have another number than in its own namespace. */
  #ownName(link: string): string {
    const known = this.#own.get(link);
    if (known !== undefined) return known;
    const name = readLink(this.#k, this.#root.number, link);
    this.#own.set(link, name);
    return name;
  }

  /** The descriptor by which all of it can be reached. */
  get number(): number {
    return this.#root.number;
  }

  #useMounted(): void {
    const root = openMounted(this.#k);
    this.#root[Symbol.dispose]();
    this.#root = root;
    this.#own.clear();
    this.#detached = false;
  }

  [Symbol.dispose](): void {
    this.#root[Symbol.dispose]();
  }
}

function openMounted(k: Executor): Fd {
  const proc = openat(k, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
  if (fileSystemType(k, proc.number) === PROC_SUPER_MAGIC && fstat(k, proc.number).ino === PROC_ROOT_INO)
    return proc;
  proc[Symbol.dispose]();
  throw new TsrunError("/proc is not the root of a proc file system");
}
