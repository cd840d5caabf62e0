import { cloneTree, mountSetattr, moveMount, newFileSystem } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { O_DIRECTORY, O_PATH } from "../sys/files.ts";
import {
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MS_PRIVATE,
} from "../sys/mount.ts";
import type { NewFileSystem } from "../sys/mount-api.ts";
import { flagsOf } from "../sys/mount-attributes.ts";
import { mountData } from "../sys/mount-data.ts";
import { detachFrom, mountOnto } from "../sys/mount-onto.ts";
import { mkdirIn, openIn } from "../sys/names.ts";
import { failedCall, isErrno } from "../sys/syscall-error.ts";
import type { MountOptions } from "./mount-options.ts";

/** fsconfig(2) takes values of at most 255 bytes; overlay's lower directories are longer. */
const FSCONFIG_VALUE_MAX = 255;
/** What mount(2) reads of options, with the NUL at their end. */
const PAGE = 4096;
/** A directory of ours that is mounted on. */
const SPOT = "spot";

/** Flags of mount(2) that fsconfig(2) does not have (fs_context.c, common_set_sb_flag). */
const flagsOfMount: ReadonlySet<string> = new Set(["acl", "noacl", "iversion", "noiversion", "silent"]);

/** Whether only mount(2) can carry options out: a value is too long for fsconfig(2), or it does not know a flag. */
export function needsMount({ superblock }: MountOptions, data: readonly string[]): boolean {
  if (superblock.some((flag) => flagsOfMount.has(flag))) return true;
  return data.some((option) => Buffer.byteLength(option.slice(option.indexOf("=") + 1)) > FSCONFIG_VALUE_MAX);
}

/**
 * Overlay's lower directories one by one (`lowerdir+`, Linux 6.8), where they are more than a page, which is all that
 * mount(2) takes. A colon that belongs to a name is escaped in the list, and is not by itself (overlayfs.rst).
 */
export function separateLayers(type: string | undefined, data: readonly string[]): readonly string[] {
  const size = data.reduce((total, option) => total + Buffer.byteLength(option) + 1, 0);
  if (type !== "overlay" || size <= PAGE) return data;
  return data.flatMap((option) => {
    // "::" begins layers that hold data alone: they have an option of their own, and are left as they are.
    if (!option.startsWith("lowerdir=") || option.includes("::")) return [option];
    const layers = option.slice("lowerdir=".length).match(/(?:\\.|[^:\\])+/g) ?? [];
    return layers.map((layer) => `lowerdir+=${layer.replace(/\\(.)/g, "$1")}`);
  });
}

/**
 * The same as `newFileSystem` by mount(2), whose data may have a page. It mounts at a place, and no descriptor comes of
 * it: the place is in a tmpfs of ours on the target, and that is gone again when a clone of the mount, which is at no
 * place yet, is all that is left.
 */
export function newByMount(k: Executor, target: Fd, wanted: NewFileSystem): Fd {
  const { type, source = "none", attributes } = wanted;
  const { flags, data } = mountData(wanted.options);
  const readOnly = attributes & MOUNT_ATTR_RDONLY;
  using same = cloneIfAllowed(k, target);
  using place = putPlace(k, target);
  try {
    // On top is what the place covers, as paths must lead there still: an overlay may have layers below its target.
    if (same !== undefined) moveMount(k, same.number, place.number);
    // With MS_RDONLY the superblock would be read-only, too, whose options say that themselves.
    const what = { source, type, flags: flags | flagsOf(attributes & ~readOnly), data };
    mountOnto(k, place.number, what, SPOT);
    using mounted = openIn(k, place.number, SPOT, O_PATH | O_DIRECTORY);
    const tree = cloneTree(k, mounted.number, false);
    if (readOnly !== 0) mountSetattr(k, tree.number, { set: readOnly, clear: 0 }, false);
    k.flush();
    return tree;
  } finally {
    // umount2(2) goes up to what is mounted on top.
    if (same !== undefined) detachFrom(k, place.number);
    detachFrom(k, place.number);
  }
}

/** An empty tmpfs on the target, with a directory in it. */
function putPlace(k: Executor, target: Fd): Fd {
  const attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
  const place = newFileSystem(k, { type: "tmpfs", source: undefined, options: ["mode=700"], attributes });
  mkdirIn(k, place.number, SPOT, 0o700);
  moveMount(k, place.number, target.number);
  // Before anything is mounted in it that would show up wherever the target's mounts do.
  mountSetattr(k, place.number, { set: 0, clear: 0, propagation: MS_PRIVATE }, false);
  return place;
}

/** @returns undefined where the mount is unbindable: an overlay takes no layers from there, either */
function cloneIfAllowed(k: Executor, target: Fd): Fd | undefined {
  k.flush();
  let same: Fd | undefined;
  try {
    same = cloneTree(k, target.number, true);
    k.flush();
    return same;
  } catch (error) {
    same?.[Symbol.dispose]();
    if (isErrno(failedCall(error), "EINVAL")) return undefined;
    throw error;
  }
}
