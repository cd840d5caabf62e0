import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { AT_FDCWD, fchdir, O_DIRECTORY, O_PATH, openat } from "../sys/files.ts";
import {
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_STRICTATIME,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_STRICTATIME,
  mount,
} from "../sys/mount.ts";
import type { MountEntry } from "./mount-error.ts";
import type { MountOptions } from "./mount-options.ts";

/** fsconfig(2) takes values of at most 255 bytes; overlay's lower directories are longer. */
const FSCONFIG_VALUE_MAX = 255;

/** Whether an option's value is too long for fsconfig(2). */
export function longOptions(data: readonly string[]): boolean {
  return data.some((option) => Buffer.byteLength(option) > FSCONFIG_VALUE_MAX);
}

/**
 * Mounts with mount(2), whose data may have a page. The target is entered by descriptor and named ".", so that no path
 * is resolved a second time.
 */
export function mountLongOptions(
  k: Executor,
  target: Fd,
  entry: MountEntry,
  options: MountOptions,
  data: readonly string[],
): void {
  using before = openat(k, AT_FDCWD, ".", O_PATH | O_DIRECTORY);
  fchdir(k, target.number);
  const flags = flagsOf(options.attributes.set);
  mount(
    k,
    entry.source ?? "none",
    ".",
    entry.type ?? "none",
    flags,
    [...options.superblock, ...data].join(","),
  );
  fchdir(k, before.number);
}

/** Attributes as mount(2) flags: the same bits but for access times and symbolic links. */
function flagsOf(attributes: number): number {
  const access = attributes & MOUNT_ATTR__ATIME;
  let flags = attributes & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
  if (access === MOUNT_ATTR_NOATIME) flags |= MS_NOATIME;
  if (access === MOUNT_ATTR_STRICTATIME) flags |= MS_STRICTATIME;
  if (attributes & MOUNT_ATTR_NODIRATIME) flags |= MS_NODIRATIME;
  if (attributes & MOUNT_ATTR_NOSYMFOLLOW) flags |= MS_NOSYMFOLLOW;
  return flags;
}
