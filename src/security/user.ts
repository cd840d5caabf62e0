import { TsrunError } from "../base/errors.ts";
import type { User } from "../oci/types.ts";
import { setGid, setgroups, setUid, setUmask } from "../sys/credentials.ts";
import type { Executor } from "../sys/executor.ts";
import { fstatAll, S_IFCHR, S_IFMT, type Stat } from "../sys/files.ts";
import { setKeepCapabilities } from "../sys/prctl.ts";

const STANDARD_STREAMS = [0, 1, 2] as const;
/** fchown(2): leave this id alone. */
const UNCHANGED = -1;
/** Where config.json has none: the specification would keep the caller's, but runc and crun do not, and images rely on it. */
const USUAL_UMASK = 0o022;
/** setresuid(2) and setresgid(2): the same, so no id of anybody; taken for one, it would leave the process root. */
const NO_ID = 0xffffffff;

/**
 * Gives standard input, output and error to the process's user; queued after a look at each. A program that is not
 * root opens /dev/stdout anew, and that needs the ownership of what is behind it. /dev/null belongs to everyone, and
 * what can't be given away (a read-only file, an unmapped owner) stays as it is, as with runc. Comes before the change
 * of user.
 */
export function giveStandardStreams(k: Executor, uid: number): void {
  const stats = fstatAll(k, STANDARD_STREAMS);
  for (const fd of STANDARD_STREAMS) {
    const stat = stats[fd];
    if (stat === undefined || stat.uid === uid || isNull(stat)) continue;
    k.queue({ name: "fchown", args: [fd, uid, UNCHANGED], subject: `${fd} to ${uid}`, optional: true });
  }
}

/**
 * Takes on the user and the groups of config.json, which are numbers and are never looked up as names
 * (CVE-2016-3697); queued. Groups come first, as a user other than root can't set them; permitted capabilities are
 * kept over the change for `applyCapabilities`, which follows.
 * @param groups whether setgroups(2) is allowed: not in a user namespace whose maps an unprivileged user wrote
 *   (user_namespaces(7), /proc/PID/setgroups "deny"; CVE-2014-8989)
 * @throws TsrunError when additional groups are asked for where they are not allowed, or an id is none
 */
export function takeUser(k: Executor, user: User = {}, groups: boolean): void {
  const { uid = 0, gid = 0, additionalGids = [], umask = USUAL_UMASK } = user;
  refuseNoId("uid", uid);
  refuseNoId("gid", gid);
  setKeepCapabilities(k, true);
  if (groups) {
    k.within("setting additional groups", "/process/user/additionalGids", () => setgroups(k, additionalGids));
  } else if (additionalGids.length > 0) {
    throw new TsrunError("cannot set any additional groups in a rootless container", {
      pointer: "/process/user/additionalGids",
    });
  }
  k.within("setting the group", "/process/user/gid", () => setGid(k, gid));
  k.within("setting the user", "/process/user/uid", () => setUid(k, uid));
  setKeepCapabilities(k, false);
  setUmask(k, umask);
}

function refuseNoId(name: "uid" | "gid", id: number): void {
  if (id !== NO_ID) return;
  throw new TsrunError(`${id} is not a possible ${name}`, { pointer: `/process/user/${name}` });
}

function isNull({ mode, rdevMajor, rdevMinor }: Stat): boolean {
  return (mode & S_IFMT) === S_IFCHR && rdevMajor === 1 && rdevMinor === 3;
}
