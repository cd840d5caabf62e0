import { unescapePath } from "../base/mountinfo.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { AT_FDCWD, O_RDONLY, openat, readAll, readLink } from "../sys/files.ts";
import { MS_REC, MS_SLAVE, mount } from "../sys/mount.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const EPERM = 1;
const ENOENT = 2;
const EINVAL = 22;
const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;
/** More than a host with ten thousand mounts has. */
const MOUNTINFO_MAX = 4 << 20;

/**
 * Takes whole proc and sysfs mounts outside of the container's root out of its mount namespace. Where that root is
 * entered without pivot_root(2) they would stay, out of sight but there; and the kernel lets a process that may mount
 * make a new proc, without the container's masks, only while some whole one is there (mount_namespaces(7)).
 */
export function removeHostViews(k: Executor, root: Fd): void {
  const own = readLink(k, AT_FDCWD, `/proc/self/fd/${k.numberOf(root.number)}`);
  for (const point of wholeViews(readMounts(k))) {
    if (point !== own && !point.startsWith(`${own}/`)) remove(k, point);
  }
}

function readMounts(k: Executor): string {
  using file = openat(k, AT_FDCWD, "/proc/self/mountinfo", O_RDONLY);
  return new TextDecoder().decode(readAll(k, file.number, MOUNTINFO_MAX));
}

/** Where the root of a proc or sysfs is mounted, by the lines of mountinfo (proc_pid_mountinfo(5)). */
export function wholeViews(mountinfo: string): string[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root, point = ""] = before.split(" ");
    return root === "/" && /^(?:proc|sysfs) /.test(after) ? [unescapePath(point)] : [];
  });
}

function remove(k: Executor, point: string): void {
  const path = k.memory.string(point);
  // The host's own mount stays.
  const [slave = 0, gone = 0] = k.attemptAll([
    { name: "mount", args: [0, path, 0, MS_SLAVE | MS_REC, 0] },
    { name: "umount2", args: [path, MNT_DETACH | UMOUNT_NOFOLLOW] },
  ]);
  if (gone === 0 || slave === -ENOENT || gone === -ENOENT) return;
  // Without the privilege to unmount, as in a user namespace, it is covered.
  if (gone === -EINVAL || gone === -EPERM) mount(k, "tmpfs", point, "tmpfs", 0);
  else throw new SyscallError("umount2", -gone, JSON.stringify(point));
}
