import { O_RDONLY } from "../../sys/files.ts";
import { closeFile, openFile, rereadText } from "../../sys/host-files.ts";
import { local } from "../../sys/local.ts";
import { POLLPRI, poll } from "../../sys/poll.ts";
import { isErrno } from "../../sys/syscall-error.ts";

/** What cgroup.events says of a cgroup and those below it (cgroup-v2.rst, "Core Interface Files"). */
export type CgroupEvent = "populated 0" | "frozen 1";

/**
 * Waits until cgroup.events has the line: the kernel says when the file changes, so that nothing is slept over. A cgroup
 * that has gone has nobody in it.
 * @param limit milliseconds
 * @returns whether it came to be in time
 * @throws SyscallError
 */
export function awaitEvent(directory: string, event: CgroupEvent, limit: number): boolean {
  const deadline = performance.now() + limit;
  const path = `${directory}/cgroup.events`;
  try {
    const fd = openFile(path, O_RDONLY);
    try {
      while (!rereadText(fd, path).split("\n").includes(event)) {
        const left = deadline - performance.now();
        if (left <= 0) return false;
        poll(local, [{ fd, events: POLLPRI }], Math.ceil(left));
      }
      return true;
    } finally {
      closeFile(fd);
    }
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return event === "populated 0";
    throw error;
  }
}
