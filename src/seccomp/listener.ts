import { TsrunError } from "../base/errors.ts";
import type { Seccomp } from "../oci/types.ts";
import { local } from "../sys/local.ts";
import { knowsFilterFlags } from "../sys/seccomp.ts";
import type { Listener } from "./filter.ts";

/** SECCOMP_FILTER_FLAG_* (linux/seccomp.h). */
const TSYNC = 1;
const NEW_LISTENER = 8;
const TSYNC_ESRCH = 16;
const WAIT_KILLABLE_RECV = 32;

/** Who answers a profile's notifications; undefined where it has none: then listenerPath counts for nothing (runtime-spec). */
export function listenerOf({ listenerPath, listenerMetadata, ...profile }: Seccomp): Listener | undefined {
  const notifies =
    profile.defaultAction === "SCMP_ACT_NOTIFY" ||
    profile.syscalls?.some(({ action }) => action === "SCMP_ACT_NOTIFY") === true;
  if (!notifies || listenerPath === undefined) return undefined;
  return { path: listenerPath, metadata: listenerMetadata };
}

/**
 * The flags of a filter that has a listener. TSYNC and a listener go together only with another way to report the thread
 * that could not be synchronised (TSYNC_ESRCH, Linux 5.7). How to wait for the agent is a question only here.
 * @param flags those without a listener
 * @throws TsrunError where the kernel does not know WAIT_KILLABLE_RECV
 */
export function listenerFlags(flags: number, { flags: names = [] }: Seccomp): number {
  let bits = flags | NEW_LISTENER;
  if ((flags & TSYNC) !== 0) bits |= TSYNC_ESRCH;
  const index = names.indexOf("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
  if (index < 0) return bits;
  if (!kernelWaitsKillable()) {
    const message = "the kernel does not know SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV";
    throw new TsrunError(message, {
      pointer: `/linux/seccomp/flags/${index}`,
      hint: "it came with Linux 5.19",
    });
  }
  return bits | WAIT_KILLABLE_RECV;
}

/** Whether the kernel has SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (Linux 5.19). */
export function kernelWaitsKillable(): boolean {
  return knowsFilterFlags(local, NEW_LISTENER | WAIT_KILLABLE_RECV);
}
