import { TsrunError } from "../base/errors.ts";
import type { CgroupWrite } from "./write.ts";

/**
 * What to do about controllers that an ordinary user's cgroups lack. systemd delegates cpu, memory and pids alone unless told
 * otherwise (user@.service(5), Delegate=; before version 252 without cpu).
 */
export const notDelegated =
  "a cgroup with the controller must be delegated to this user: with systemd by Delegate=cpu cpuset io memory pids in the " +
  "section [Service] of a drop-in of user@.service (/etc/systemd/system/user@.service.d/delegate.conf), and tsrun called " +
  "below it (systemd-run --user --scope)";

/**
 * The error of a limit for a container whose cgroup this user may not make; the words are runc's.
 * @param reason why nobody could have set it, if so
 */
export function limitRefused(
  { controller, pointer }: CgroupWrite,
  directory: string,
  reason = notDelegated,
): TsrunError {
  return new TsrunError(
    `cannot set ${controller} limit: container could not join or create cgroup ${directory}`,
    { pointer, hint: `leave the limit out; else ${reason}` },
  );
}
