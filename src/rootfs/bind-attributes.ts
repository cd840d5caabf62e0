import { TsrunError } from "../base/errors.ts";
import { mountSetattr } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import {
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
} from "../sys/mount.ts";
import { attributesOf } from "../sys/mount-attributes.ts";
import { failedCall, isErrno } from "../sys/syscall-error.ts";
import { type Attributes, attributeNames } from "./mount-options.ts";

const accessTimes = MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
const common = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
/** What a mount namespace locks that belongs to another user namespace (mount_namespaces(7)). */
const lockable = common | accessTimes;

/**
 * Gives a bind mount the attributes that its options name, and no other: without any option those of its source stay,
 * else only those that are asked for remain; access times stay where no option is about them (as runc since 1.2).
 *
 * In a user namespace some of the source's attributes may be locked. Then they stay on top of what is asked for, unless
 * an option takes just them back.
 */
export function setBindAttributes(k: Executor, mount: Fd, asked: Attributes): void {
  const { set, clear } = asked;
  if ((set | clear) === 0) return;
  const times = ((set | clear) & accessTimes) === 0 ? 0 : accessTimes;
  const replaced = common | MOUNT_ATTR_NOSYMFOLLOW | times;
  try {
    mountSetattr(k, mount.number, { set, clear: replaced & (~set | MOUNT_ATTR__ATIME) }, false);
    k.flush();
  } catch (error) {
    if (!isErrno(failedCall(error), "EPERM")) throw error;
    keepLocked(k, mount, asked, error);
  }
}

function keepLocked(k: Executor, mount: Fd, { set, clear }: Attributes, refused: unknown): void {
  const present = attributesOf(k, mount.number);
  const timesDiffer =
    ((set | clear) & MOUNT_ATTR__ATIME) !== 0 && ((set ^ present) & MOUNT_ATTR__ATIME) !== 0;
  const lost =
    (present & clear & ~set & lockable & ~MOUNT_ATTR__ATIME) |
    (timesDiffer ? present & MOUNT_ATTR__ATIME : 0);
  if (lost !== 0 || timesDiffer) {
    const names = attributeNames(lost).join(", ") || "the access times";
    throw new TsrunError(`${names} of the source's mount cannot be taken back in a user namespace`, {
      cause: failedCall(refused) ?? refused,
      hint: "leave out the option that asks for it, or mount the source without it on the host",
    });
  }
  mountSetattr(k, mount.number, { set: set & ~MOUNT_ATTR__ATIME, clear: 0 }, false);
}
