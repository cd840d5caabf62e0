import { lazy } from "../../base/lazy.ts";
import { directoryOf } from "../../base/path.ts";
import { O_WRONLY } from "../../sys/files.ts";
import { tryOpen } from "../../sys/host-files.ts";
import { isErrno } from "../../sys/syscall-error.ts";
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
  while (common !== "/" && !`${directory}/`.startsWith(`${common}/`)) common = directoryOf(common);
  return mayWrite(`${common}/cgroup.procs`);
}

/** Nobody may where there is no such file: in a tree mounted elsewhere than it was when the container was made. */
function mayWrite(path: string): boolean {
  try {
    tryOpen(path, O_WRONLY);
    return true;
  } catch (error) {
    if (isRefusal(error) || isErrno(error, "ENOENT")) return false;
    throw error;
  }
}
