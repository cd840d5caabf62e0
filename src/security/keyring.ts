import { TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import type { Executor } from "../sys/executor.ts";
import { setKeyPermissions, tryJoinSessionKeyring } from "../sys/keyring.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const ENOSYS = 38;
const EDQUOT = 122;
/** KEY_OTH_SEARCH and KEY_USR_SEARCH of the kernel's linux/key.h. */
const OTHER_MAY_SEARCH = 0x8;
const USER_MAY_SEARCH = 0x80000;

/**
 * Gives the container a session keyring of its own, named as runc names it, so that its processes don't see the keys
 * of whoever started tsrun; `exec` joins it by the name. A kernel without keyrings is worth a warning; any other
 * failure is an error, since the caller's keys would stay reachable.
 *
 * Comes after the user namespace is entered, which owns the keyring, and before the change of user: others than its
 * owner must be able to search it, in a user namespace those that are "other" there.
 * @throws TsrunError
 */
export function joinKeyring(k: Executor, containerId: string, userNamespace: boolean): void {
  const name = `_ses.${containerId}`;
  k.within("making the session keyring searchable", undefined, () => {
    const joined = tryJoinSessionKeyring(k, name);
    if (joined === -ENOSYS) {
      log.warn("the kernel has no keyrings: the container gets no session keyring of its own");
      return;
    }
    if (typeof joined === "number") throw joinError(-joined, name);
    const searchable = userNamespace ? OTHER_MAY_SEARCH : USER_MAY_SEARCH;
    setKeyPermissions(k, joined.serial, joined.permissions | searchable);
  });
}

function joinError(errno: number, name: string): TsrunError {
  const cause = new SyscallError("keyctl", errno, `KEYCTL_JOIN_SESSION_KEYRING ${JSON.stringify(name)}`);
  const hint =
    errno === EDQUOT
      ? "raise /proc/sys/kernel/keys/maxkeys and maxbytes, or use --no-new-keyring"
      : "use --no-new-keyring to stay in the caller's";
  return new TsrunError("unable to join session keyring", { cause, hint });
}
