import type { Executor } from "./executor.ts";
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
  MS_RELATIME,
  MS_STRICTATIME,
} from "./mount.ts";

const STATFS_SIZE = 120;
const F_FLAGS = 80;
/** Bits of f_flags that are others in mount(2). */
const ST_RELATIME = 0x1000;
const ST_NOSYMFOLLOW = 0x2000;

/**
 * Attributes (MOUNT_ATTR_*) as flags of mount(2): the same bits but for access times and symbolic links.
 * @param known which access times are said at all: mount(2) with MS_REMOUNT leaves what it is not told
 */
export function flagsOf(attributes: number, known = MOUNT_ATTR__ATIME): number {
  const access = attributes & MOUNT_ATTR__ATIME;
  let flags = attributes & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
  if (access === 0 && (known & MOUNT_ATTR__ATIME) !== 0) flags |= MS_RELATIME;
  if (access === MOUNT_ATTR_NOATIME) flags |= MS_NOATIME;
  if (access === MOUNT_ATTR_STRICTATIME) flags |= MS_STRICTATIME;
  if (attributes & MOUNT_ATTR_NODIRATIME) flags |= MS_NODIRATIME;
  if (attributes & MOUNT_ATTR_NOSYMFOLLOW) flags |= MS_NOSYMFOLLOW;
  return flags;
}

/** The attributes (MOUNT_ATTR_*) of the mount of a descriptor (statfs(2), f_flags). */
export function attributesOf(k: Executor, fd: number): number {
  const address = k.memory.alloc(STATFS_SIZE);
  k.call({ name: "fstatfs", args: [fd, address] });
  const flags = k.memory.getU32(address + F_FLAGS);
  let attributes = flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
  // f_flags have relatime where mount(2) has none, and nothing for strictatime.
  if (flags & MS_NOATIME) attributes |= MOUNT_ATTR_NOATIME;
  else if ((flags & ST_RELATIME) === 0) attributes |= MOUNT_ATTR_STRICTATIME;
  if (flags & MS_NODIRATIME) attributes |= MOUNT_ATTR_NODIRATIME;
  if (flags & ST_NOSYMFOLLOW) attributes |= MOUNT_ATTR_NOSYMFOLLOW;
  return attributes;
}
