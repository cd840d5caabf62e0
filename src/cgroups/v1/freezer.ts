import { TsrunError } from "../../base/errors.ts";
import { isErrno } from "../../sys/syscall-error.ts";
import { eventually } from "../patience.ts";
import { get, put } from "../write.ts";

/** As long as on v2: a process in an uninterruptible sleep freezes only when it has done. */
const LIMIT_MS = 10_000;
/** Tries after which all go on for a moment: one that waits for another, which is frozen already, gets to its end (runc). */
const TRIES_BEFORE_THAW = 50;

/**
 * Freezes a v1 cgroup. FREEZING is the state while a task is not in a place where it can stop, or was born just now; FROZEN
 * is written again then, as the kernel goes round once for each write (cgroup-v1/freezer-subsystem.rst).
 * @throws TsrunError when it isn't frozen after 10 s; it is thawed then
 */
export function freeze(directory: string): void {
  let tries = 0;
  const isFrozenNow = () => {
    if (++tries % TRIES_BEFORE_THAW === 0) thaw(directory);
    put(`${directory}/freezer.state`, "FROZEN");
    return state(directory) === "FROZEN";
  };
  try {
    if (eventually(LIMIT_MS, isFrozenNow)) return;
    throw new TsrunError(`cgroup ${directory} is not frozen after ${LIMIT_MS / 1000} s`);
  } catch (error) {
    thaw(directory);
    throw error;
  }
}

export function thaw(directory: string): void {
  put(`${directory}/freezer.state`, "THAWED");
}

/** Whether it was frozen itself, or is about to be: what an ancestor holds is not paused, and can't be resumed (so runc). */
export function isFrozen(directory: string): boolean {
  return isHeld(directory) && readOr("1", `${directory}/freezer.self_freezing`) === "1";
}

/** Whether it is frozen or about to be, by its own state or an ancestor's. */
export function isHeld(directory: string): boolean {
  return state(directory) !== "THAWED";
}

function state(directory: string): string {
  return readOr("THAWED", `${directory}/freezer.state`);
}

/** A file's text; `otherwise` where the cgroup isn't there, or has no such file, as that of the root. */
function readOr(otherwise: string, path: string): string {
  try {
    return get(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return otherwise;
    throw error;
  }
}
