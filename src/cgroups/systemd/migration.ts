import { lazy } from "../../base/lazy.ts";
import { directoryOf } from "../../base/path.ts";
import { O_WRONLY } from "../../sys/files.ts";
import { tryOpen } from "../../sys/host-files.ts";
import { readHostCgroups } from "../host.ts";
import { isRefusal } from "../write.ts";

const own = lazy(() => readHostCgroups().v2?.own);

/**
 * Whether a user may put a process of this runtime's cgroup into `directory`: that takes the right to write to cgroup.procs
 * of the nearest cgroup above both (cgroup-v2.rst, "Delegation Containment"), for a clone into it, too.
 */
export function mayMoveFromHere(directory: string): boolean {
  const here = own();
  if (here === undefined) return false;
  let common = here;
  while (!`${directory}/`.startsWith(`${common}/`)) common = directoryOf(common);
  return mayWrite(`${common}/cgroup.procs`);
}

function mayWrite(path: string): boolean {
  try {
    tryOpen(path, O_WRONLY);
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}
