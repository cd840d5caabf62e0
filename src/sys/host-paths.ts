import { cloneTreeAt } from "./detached-mount.ts";
import type { Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import { AT_FDCWD, fstat, O_CLOEXEC, O_NONBLOCK, O_PATH, O_RDONLY, openat, readLink } from "./files.ts";
import { local } from "./local.ts";
import { MS_PRIVATE, MS_REC, MS_SLAVE, mount } from "./mount.ts";
import { failedCall, isErrno, SyscallError } from "./syscall-error.ts";

const EPERM = 1;
const ENOENT = 2;
const EINVAL = 22;
const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;

// Paths of the host, which its administrator or the engine has given: sources of bind mounts, namespaces to join, the
// root file system itself. What is below a container's root, or in /proc and /sys, is not opened so: `in-root.ts`,
// `host-proc.ts`. `scripts/lib/check-paths.ts` has the list of those who may.

/** openat(2) of a path of the host; close-on-exec is added. */
export function openHost(k: Executor, path: string, flags: number): Fd {
  return openat(k, AT_FDCWD, path, flags);
}

/** Opens what should be a namespace, by a path of the host. Where that is a FIFO nothing waits for its other end. */
export function openHostNamespace(k: Executor, path: string): Fd {
  return openHost(k, path, O_RDONLY | O_NONBLOCK);
}

/** openat(2) as `openHost` does it; undefined where the kernel refuses it. */
export function tryOpenHost(k: Executor, path: string, flags: number): Fd | undefined {
  const args = [AT_FDCWD, k.memory.string(path), flags | O_CLOEXEC, 0];
  const number = k.attempt({ name: "openat", args, subject: JSON.stringify(path) });
  return number < 0 ? undefined : new Fd(k, number);
}

/** Inode number of what a path of the host leads to, which tells namespaces apart; undefined where it leads nowhere. */
export function hostInode(path: string): bigint | undefined {
  using file = tryOpenHost(local, path, O_PATH);
  return file === undefined ? undefined : fstat(local, file.number).ino;
}

/** A bind mount of what is at a path of the host, at no place yet. @param nofollow AT_SYMLINK_NOFOLLOW, or 0 */
export function cloneHostTree(k: Executor, path: string, recursive: boolean, nofollow = 0): Fd {
  return cloneTreeAt(k, AT_FDCWD, path, recursive, nofollow);
}

/** What a symbolic link of the host holds; undefined where there is none at the path. @throws SyscallError */
export function hostLink(k: Executor, path: string): string | undefined {
  try {
    return readLink(k, AT_FDCWD, path);
  } catch (error) {
    if (isErrno(failedCall(error), "EINVAL", "ENOENT")) return undefined;
    throw error;
  }
}

/** Cuts the mount at a path of the host off from its peers (mount(2) MS_PRIVATE), queued. */
export function makeHostMountPrivate(k: Executor, path: string): void {
  mount(k, "", path, "", MS_PRIVATE);
}

/** Covers a directory of the host, in the executor's mount namespace, with an empty tmpfs; queued. */
export function coverHostDirectory(k: Executor, path: string): void {
  mount(k, "tmpfs", path, "tmpfs", 0);
}

/**
 * Detaches the mount at a path of the host in the executor's mount namespace alone: the host's own stays.
 * @returns false where that takes a privilege. @throws SyscallError
 */
export function detachHostMount(k: Executor, path: string): boolean {
  const address = k.memory.string(path);
  const [slave = 0, gone = 0] = k.attemptAll([
    { name: "mount", args: [0, address, 0, MS_SLAVE | MS_REC, 0] },
    { name: "umount2", args: [address, MNT_DETACH | UMOUNT_NOFOLLOW] },
  ]);
  if (gone === 0 || slave === -ENOENT || gone === -ENOENT) return true;
  if (gone === -EINVAL || gone === -EPERM) return false;
  throw new SyscallError("umount2", -gone, JSON.stringify(path));
}
