import type { Executor } from "./executor.ts";

/** mount(2) flags. */
export const MS_RDONLY = 0x1;
export const MS_NOSUID = 0x2;
export const MS_NODEV = 0x4;
export const MS_NOEXEC = 0x8;
export const MS_SYNCHRONOUS = 0x10;
export const MS_REMOUNT = 0x20;
export const MS_MANDLOCK = 0x40;
export const MS_DIRSYNC = 0x80;
export const MS_NOSYMFOLLOW = 0x100;
export const MS_NOATIME = 0x400;
export const MS_NODIRATIME = 0x800;
export const MS_BIND = 0x1000;
export const MS_MOVE = 0x2000;
export const MS_REC = 0x4000;
export const MS_SILENT = 0x8000;
export const MS_POSIXACL = 0x10000;
export const MS_UNBINDABLE = 0x20000;
export const MS_PRIVATE = 0x40000;
export const MS_SLAVE = 0x80000;
export const MS_SHARED = 0x100000;
export const MS_RELATIME = 0x200000;
export const MS_I_VERSION = 0x800000;
export const MS_STRICTATIME = 0x1000000;
export const MS_LAZYTIME = 0x2000000;

/** mount_setattr(2) attributes, Linux 5.12. */
export const MOUNT_ATTR_RDONLY = 0x1;
export const MOUNT_ATTR_NOSUID = 0x2;
export const MOUNT_ATTR_NODEV = 0x4;
export const MOUNT_ATTR_NOEXEC = 0x8;
/** Mask of the access time modes; relatime is 0. */
export const MOUNT_ATTR__ATIME = 0x70;
export const MOUNT_ATTR_NOATIME = 0x10;
export const MOUNT_ATTR_STRICTATIME = 0x20;
export const MOUNT_ATTR_NODIRATIME = 0x80;
export const MOUNT_ATTR_NOSYMFOLLOW = 0x200000;

const MNT_DETACH = 2;

/** mount(2), queued. */
export function mount(
  k: Executor,
  source: string,
  target: string,
  type: string,
  flags: number,
  data = "",
): void {
  const { memory } = k;
  const args = [
    memory.string(source),
    memory.string(target),
    memory.string(type),
    flags,
    memory.string(data),
  ];
  k.queue({ name: "mount", args, subject: `${JSON.stringify(source)} on ${JSON.stringify(target)}` });
}

/** umount2(2) MNT_DETACH, queued. */
export function detach(k: Executor, path: string): void {
  k.queue({ name: "umount2", args: [k.memory.string(path), MNT_DETACH], subject: JSON.stringify(path) });
}

/** pivot_root(2), queued. */
export function pivotRoot(k: Executor, newRoot: string, putOld: string): void {
  k.queue({ name: "pivot_root", args: [k.memory.string(newRoot), k.memory.string(putOld)] });
}

/** chroot(2), queued. */
export function chroot(k: Executor, path: string): void {
  k.queue({ name: "chroot", args: [k.memory.string(path)], subject: JSON.stringify(path) });
}
