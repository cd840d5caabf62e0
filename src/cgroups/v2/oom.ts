import { TsrunError } from "../../base/errors.ts";
import { O_RDONLY } from "../../sys/files.ts";
import { closeFile, openFile, rereadText } from "../../sys/host-files.ts";
import { POLLPRI } from "../../sys/poll.ts";
import { isErrno } from "../../sys/syscall-error.ts";
import type { OomWatch } from "../manager.ts";

/**
 * Watches memory.events, which the kernel says has changed (cgroup-v2.rst), for kills. The file changes at other events,
 * too: what counts is a number that has grown.
 * @throws TsrunError where the cgroup has no memory controller, in runc's words
 */
export function watchOom(directory: string | undefined): OomWatch {
  const path = `${directory}/memory.events`;
  const fd = directory === undefined ? undefined : openWhereKept(path);
  if (fd === undefined) throw new TsrunError("memory controller missing");
  let known = killsIn(rereadText(fd, path));
  return {
    interest: { fd, events: POLLPRI },
    happened: () => {
      const before = known;
      known = killsWhileThere(fd, path) ?? known;
      return known > before;
    },
    [Symbol.dispose]: () => closeFile(fd),
  };
}

function openWhereKept(path: string): number | undefined {
  try {
    return openFile(path, O_RDONLY);
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return undefined;
    throw new TsrunError("watching for processes killed for want of memory", { cause });
  }
}

/** A removed cgroup's file answers ENODEV. */
function killsWhileThere(fd: number, path: string): number | undefined {
  try {
    return killsIn(rereadText(fd, path));
  } catch (error) {
    if (isErrno(error, "ENODEV")) return undefined;
    throw error;
  }
}

function killsIn(text: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? "0");
}
