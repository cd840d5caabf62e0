import type { Executor } from "./executor.ts";
import { AT_EMPTY_PATH } from "./files.ts";

const MOUNT_ATTR_IDMAP = 0x100000;
const AT_RECURSIVE = 0x8000;
const MOUNT_ATTR_SIZE = 32;

/**
 * Maps the ids of a mount that is at no place yet by those of a user namespace (mount_setattr(2) MOUNT_ATTR_IDMAP,
 * Linux 5.12). @returns 0, or the negated errno: EINVAL where the file system cannot, EPERM where it is another's
 */
export function tryIdMap(k: Executor, mount: number, userNamespace: number, recursive: boolean): number {
  const { memory } = k;
  const address = memory.alloc(MOUNT_ATTR_SIZE);
  memory.setAddress(address, MOUNT_ATTR_IDMAP);
  memory.setAddress(address + 24, userNamespace);
  const flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  const args = [mount, memory.string(""), flags, address, MOUNT_ATTR_SIZE];
  return k.attempt({ name: "mount_setattr", args, subject: "MOUNT_ATTR_IDMAP" });
}
