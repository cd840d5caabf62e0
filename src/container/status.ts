import { containerTexts, TsrunError } from "../base/errors.ts";
import { managerFrom } from "../cgroups/select.ts";
import type { Status } from "../oci/types.ts";
import { isOfThisBoot } from "./boot.ts";
import type { ContainerDirectory } from "./directory.ts";
import { isWaiting } from "./gate.ts";
import { lives } from "./process-info.ts";
import type { ContainerRecord } from "./record.ts";

/** What each status allows (runtime-spec runtime.md "Lifecycle"; runc where it is wider). */
export const allowed = {
  start: ["created"],
  kill: ["created", "running", "paused"],
  pause: ["created", "running"],
  resume: ["paused"],
  update: ["created", "running", "paused"],
  delete: ["created", "stopped"],
} as const satisfies Record<string, readonly Status[]>;

/** Whether init is alive: the process with its pid that began when it did, in this boot, and is no zombie. */
export function isAlive(record: ContainerRecord): boolean {
  return record.pid !== 0 && lives(record.pid, record.startTime) && isOfThisBoot(record);
}

/**
 * The container's status, from its process, its FIFO and its cgroup: nothing that could be out of date.
 * @param held whether this command holds the container: then no other one is making it
 */
export function statusOf(directory: ContainerDirectory, record: ContainerRecord, held = false): Status {
  if (record.pid === 0) {
    if (held) return "stopped";
    using lock = directory.lock(false);
    return lock === undefined ? "creating" : "stopped";
  }
  if (!isAlive(record)) return "stopped";
  const isStarted = !isWaiting(directory.path);
  if (!isStarted && !record.ready) return "creating";
  // Before it has been started, too, as with runc.
  if (managerFrom(record.cgroup).isFrozen()) return "paused";
  return isStarted ? "running" : "created";
}

/**
 * Carries out what needs init to be there: where it has ended meanwhile that is told, as systemd removes the cgroup with its
 * last process, and whatever failed is missing for that reason.
 * @throws TsrunError `container not running`
 */
export function whileAlive<T>(record: ContainerRecord, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (isAlive(record)) throw cause;
    throw new TsrunError(containerTexts.notRunning, { cause });
  }
}
