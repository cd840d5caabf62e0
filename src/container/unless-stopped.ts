import { chainOf, KilledError, messageOf, reasonOf, TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { local } from "../sys/local.ts";
import { awaitReadable } from "../sys/poll.ts";
import { SyscallError } from "../sys/syscall-error.ts";
import { pidfdOf } from "./pidfd.ts";
import { processInfo } from "./process-info.ts";
import type { ContainerRecord } from "./record.ts";

/** runc's words, by which engines tell a container that has ended meanwhile from a program that is missing. */
export const EXEC_STOPPED = "cannot exec in a stopped container";

/** Whoever kills all processes of a container comes to init within this time, if to ours first. */
const KILLED_TOGETHER_MS = 100;

/**
 * Carries out a part of `exec` that needs init to be there. Where init ends meanwhile, whatever fails does so for that
 * reason: its namespaces are gone (ENOENT, ESRCH), its pid namespace takes no more processes (ENOMEM), its cgroup and the
 * record are removed, who has joined is killed with it. That is told as one thing and without the failure's own words,
 * since "no such file or directory" of any part of the chain is a missing program to Docker and Podman (127).
 * @throws TsrunError `cannot exec in a stopped container`
 */
export function unlessStopped<T>(record: ContainerRecord, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (messageOf(error) === EXEC_STOPPED || !isEnding(record, error instanceof KilledError)) throw error;
    log.debug(`container ${record.id} has ended: ${reasonOf(error)}`);
    const call = chainOf(error).find((link) => link instanceof SyscallError);
    const cause = new TsrunError(
      `it has ended meanwhile${call === undefined ? "" : ` (${call.syscall}: ${call.code})`}`,
    );
    throw new TsrunError(EXEC_STOPPED, { cause });
  }
}

/** @param awaited whether a process of its was killed, so that init may follow */
function isEnding(record: ContainerRecord, awaited: boolean): boolean {
  try {
    using init = pidfdOf(record);
    if (init === undefined || processInfo(record.pid)?.isExiting !== false) return true;
    return awaited && awaitReadable(local, init.number, KILLED_TOGETHER_MS);
  } catch {
    // What cannot be known, for want of descriptors perhaps, is not claimed; the failure itself says more.
    return false;
  }
}
