import { TsrunError } from "../base/errors.ts";
import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import {
  AT_FDCWD,
  fileSystemType,
  fstat,
  O_DIRECTORY,
  O_PATH,
  openat,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
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
const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS;

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
    const options = part === "processes" ? ({ subset: "pid" } as const) : {};
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
    const result = this.#tryOpen(path, flags);
    if (result >= 0) return new Fd(this.#k, result);
    // AppArmor's rules for a nested runtime know paths below /proc; those of a detached mount begin nowhere.
    if (result === -EACCES && this.#detached) {
      this.#useMounted();
      return this.open(path, flags);
    }
    throw new SyscallError("openat2", -result, JSON.stringify(path));
  }

  #tryOpen(path: string, flags: number): number {
    const own = path.startsWith("self/");
    const below = own ? `${this.#process()}${path.slice("self".length)}` : path;
    return tryOpenat2(this.#k, this.#root.number, below, { flags, resolve });
  }

  /** This process as the procfs counts: in /proc it may have another number than in its own namespace. */
  #process(): string {
    return readLink(this.#k, this.#root.number, "self");
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

function openMounted(k: Executor): Fd {
  const proc = openat(k, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
  if (fileSystemType(k, proc.number) === PROC_SUPER_MAGIC && fstat(k, proc.number).ino === PROC_ROOT_INO)
    return proc;
  proc[Symbol.dispose]();
  throw new TsrunError("/proc is not the root of a proc file system");
}
