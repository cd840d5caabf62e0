import type { Call, Executor } from "./executor.ts";
import { Fd } from "./fd.ts";
import { AT_EMPTY_PATH } from "./files.ts";

/** mount(2) flags. */
export const MS_RDONLY = 0x1;
export const MS_NOSUID = 0x2;
export const MS_NODEV = 0x4;
export const MS_NOEXEC = 0x8;
export const MS_NOSYMFOLLOW = 0x100;
export const MS_NOATIME = 0x400;
export const MS_NODIRATIME = 0x800;
export const MS_MOVE = 0x2000;
export const MS_REC = 0x4000;
export const MS_UNBINDABLE = 0x20000;
export const MS_PRIVATE = 0x40000;
export const MS_SLAVE = 0x80000;
export const MS_SHARED = 0x100000;
export const MS_STRICTATIME = 0x1000000;

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

const FSOPEN_CLOEXEC = 1;
const FSMOUNT_CLOEXEC = 1;
const FSCONFIG_SET_FLAG = 0;
const FSCONFIG_SET_STRING = 1;
const FSCONFIG_CMD_CREATE = 6;
const OPEN_TREE_CLONE = 1;
const OPEN_TREE_CLOEXEC = 0o2000000;
const AT_RECURSIVE = 0x8000;
const MOVE_MOUNT_EMPTY_PATHS = 0x4 | 0x40;
const MOUNT_ATTR_SIZE = 32;
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

/** fsopen(2), Linux 5.2. */
export function fsopen(k: Executor, type: string): Fd {
  const args = [k.memory.string(type), FSOPEN_CLOEXEC];
  return new Fd(k, k.open({ name: "fsopen", args, subject: JSON.stringify(type) }));
}

/** fsconfig(2) FSCONFIG_SET_STRING (value) or FSCONFIG_SET_FLAG (no value), queued. Values: at most 255 bytes. */
export function fsconfig(k: Executor, fs: number, key: string, value: string | undefined): void {
  const { memory } = k;
  const command = value === undefined ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING;
  const args = [fs, command, memory.string(key), value === undefined ? 0 : memory.string(value), 0];
  k.queue({ name: "fsconfig", args, subject: value === undefined ? key : `${key}=${value}` });
}

/** fsconfig(2) FSCONFIG_CMD_CREATE: makes the superblock. */
export function fscreate(k: Executor, fs: number, subject: string): void {
  k.call({ name: "fsconfig", args: [fs, FSCONFIG_CMD_CREATE, 0, 0, 0], subject });
}

/** fsmount(2): the new file system as a detached mount. */
export function fsmount(k: Executor, fs: number, attributes: number): Fd {
  return new Fd(k, k.open({ name: "fsmount", args: [fs, FSMOUNT_CLOEXEC, attributes] }));
}

/**
 * A new file system as a detached mount, in one go (fsopen(2), fsconfig(2), fsmount(2); Linux 5.2).
 * @param options strings by their names
 * @returns the descriptor of the mount, or the negated errno of what failed first
 */
export function tryMountDetached(
  k: Executor,
  type: string,
  options: Readonly<Record<string, string>>,
  attributes: number,
): number {
  const { memory } = k;
  const fs = k.newSlot();
  const set = Object.entries(options).map(([key, value]): Call => {
    return { name: "fsconfig", args: [fs, FSCONFIG_SET_STRING, memory.string(key), memory.string(value), 0] };
  });
  const results = k.attemptAll([
    { name: "fsopen", args: [memory.string(type), FSOPEN_CLOEXEC], store: fs },
    ...set,
    { name: "fsconfig", args: [fs, FSCONFIG_CMD_CREATE, 0, 0, 0] },
    { name: "fsmount", args: [fs, FSMOUNT_CLOEXEC, attributes] },
    { name: "close", args: [fs] },
  ]);
  k.freeSlot(fs);
  const mount = results.at(-2) ?? -1;
  const failed = results.slice(0, -2).find((result) => result < 0);
  if (failed !== undefined && mount >= 0) k.close(mount);
  return failed ?? mount;
}

/** open_tree(2) OPEN_TREE_CLONE: a detached bind mount of `path` (or of `directory` itself when it is empty). */
export function cloneTree(
  k: Executor,
  directory: number,
  path: string,
  recursive: boolean,
  nofollow = 0,
): Fd {
  const flags =
    OPEN_TREE_CLONE |
    OPEN_TREE_CLOEXEC |
    (recursive ? AT_RECURSIVE : 0) |
    (path === "" ? AT_EMPTY_PATH : nofollow);
  const args = [directory, k.memory.string(path), flags];
  return new Fd(k, k.open({ name: "open_tree", args, subject: path === "" ? "" : JSON.stringify(path) }));
}

/** move_mount(2) of the detached mount `mount` onto the file or directory `target`, both by descriptor; queued. */
export function moveMount(k: Executor, mount: number, target: number): void {
  const empty = k.memory.string("");
  k.queue({ name: "move_mount", args: [mount, empty, target, empty, MOVE_MOUNT_EMPTY_PATHS] });
}

/** What mount_setattr changes: attributes set and cleared, and the propagation (MS_SHARED, …) or 0. */
export interface MountAttributes {
  readonly set: number;
  readonly clear: number;
  readonly propagation?: number;
}

/** mount_setattr(2) of the mount that `mount` refers to, queued. Linux 5.12. */
export function mountSetattr(k: Executor, mount: number, change: MountAttributes, recursive: boolean): void {
  const { memory } = k;
  const address = memory.alloc(MOUNT_ATTR_SIZE);
  memory.setAddress(address, change.set);
  memory.setAddress(address + 8, change.clear);
  memory.setAddress(address + 16, change.propagation ?? 0);
  const flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  const args = [mount, memory.string(""), flags, address, MOUNT_ATTR_SIZE];
  k.queue({ name: "mount_setattr", args, subject: describe(change) });
}

function describe({ set, clear, propagation }: MountAttributes): string {
  return `set 0x${set.toString(16)} clear 0x${clear.toString(16)} propagation 0x${(propagation ?? 0).toString(16)}`;
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

/** What the kernel wrote to a file system context's log (fsopen(2)): why an option was refused, or "". */
export function contextLog(k: Executor, fs: number): string {
  const buffer = k.memory.alloc(1024);
  const count = k.attempt({ name: "read", args: [fs, buffer, 1024] });
  return count > 0 ? k.memory.text(buffer, count).trim() : "";
}
