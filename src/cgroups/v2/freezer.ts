import { TsrunError } from "../../base/errors.ts";
import { isErrno } from "../../sys/syscall-error.ts";
import { removeTree, tryRemoveTree } from "../directory.ts";
import { killUntilNobodyIsNew } from "../kill.ts";
import { get, put } from "../write.ts";
import { awaitEvent } from "./events.ts";

/** So long runc waits, too: a process in an uninterruptible sleep freezes only when it has done. */
const FREEZE_LIMIT_MS = 10_000;
/** How long processes that have been killed may take to exit before their cgroup counts as busy for good. */
const EXIT_LIMIT_MS = 5000;

/**
 * Freezes a cgroup with all below it (cgroup.freeze, Linux 5.2).
 * @throws TsrunError when it isn't frozen after 10 s; it is thawed then
 */
export function freeze(directory: string): void {
  put(`${directory}/cgroup.freeze`, "1");
  try {
    if (awaitEvent(directory, "frozen 1", FREEZE_LIMIT_MS)) return;
    throw new TsrunError(`cgroup ${directory} is not frozen after ${FREEZE_LIMIT_MS / 1000} s`);
  } catch (error) {
    thaw(directory);
    throw error;
  }
}

export function thaw(directory: string): void {
  put(`${directory}/cgroup.freeze`, "0");
}

/** Whether it is frozen or about to be by its own setting; not where there is no such cgroup. */
export function isFrozen(directory: string): boolean {
  try {
    return get(`${directory}/cgroup.freeze`) === "1";
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return false;
    throw error;
  }
}

/**
 * Sends SIGKILL to everything in a cgroup and below it. cgroup.kill (Linux 5.14) does so at once, frozen or not, and
 * nobody is born meanwhile; a threaded cgroup has no such file that could be written (EOPNOTSUPP). Without it the
 * processes are gone through.
 */
export function kill(directory: string, pids: () => readonly number[]): void {
  try {
    put(`${directory}/cgroup.kill`, "1");
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENODEV", "ENOTSUP")) throw error;
    killUntilNobodyIsNew(pids);
  }
}

/**
 * Removes a cgroup and those below it, once its last process has gone: a killed one takes a while to exit.
 * @throws TsrunError that names the processes that are still there after 5 s
 */
export function remove(directory: string): void {
  if (tryRemoveTree(directory)) return;
  // What is frozen below does not exit by itself, but SIGKILL gets through to it.
  const isEmpty = awaitEvent(directory, "populated 0", EXIT_LIMIT_MS);
  removeTree(directory, isEmpty ? EXIT_LIMIT_MS : 0);
}
