import { TsrunError } from "../base/errors.ts";
import type { CgroupWrite } from "./write.ts";

/**
 * What to do about controllers that an ordinary user's cgroups lack. systemd delegates memory and pids alone unless told
 * otherwise (systemd.resource-control(5), Delegate=).
 */
export const notDelegated =
  "a cgroup with the controller must be delegated to this user: with systemd by Delegate=cpu cpuset io memory pids in a " +
  "drop-in of user@.service, and tsrun called below it (systemd-run --user --scope)";

/** The error of a limit for a container whose cgroup this user may not make; the words are runc's. */
export function limitRefused({ controller, pointer }: CgroupWrite, directory: string): TsrunError {
  return new TsrunError(
    `cannot set ${controller} limit: container could not join or create cgroup ${directory}`,
    { pointer, hint: `leave the limit out; else ${notDelegated}` },
  );
}
