import { TsrunError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { attemptOn, exists, must, readText } from "../../sys/host-files.ts";
import { isErrno } from "../../sys/syscall-error.ts";

/** The kernel's list of what to hand over (Linux 4.15). */
const LIST = "/sys/kernel/cgroup/delegate";
/** The files of cgroups(7), "Cgroups delegation", where there is no such list. */
const always = ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];
const SAME = -1;

/**
 * Hands a cgroup over to a user: its directory, and the files in it that manage what is below. Its own limits stay with
 * who set them (cgroup-v2.rst, "Model of Delegation").
 * @param lenient whether a user's id that the caller may not give files to is worth no more than a warning
 * @throws TsrunError
 */
export function delegate(directory: string, user: number, lenient: boolean): void {
  try {
    giveTo(directory, user);
    for (const file of delegated()) {
      const path = `${directory}/${file}`;
      if (exists(path)) giveTo(path, user);
    }
  } catch (cause) {
    const text = `handing cgroup ${directory} over to the user ${user}`;
    if (!lenient || !isErrno(cause, "EPERM")) throw new TsrunError(text, { cause, pointer: "/process/user" });
    log.warn(`${text}: ${cause.message}: the container can make no cgroups in it`);
  }
}

function giveTo(path: string, user: number): void {
  must(attemptOn(path, "fchownat", user, SAME, 0), "chown", path);
}

function delegated(): readonly string[] {
  return exists(LIST) ? readText(LIST).split("\n").filter(Boolean) : always;
}
