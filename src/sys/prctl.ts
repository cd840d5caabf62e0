import type { Executor } from "./executor.ts";

/** Operations of prctl(2), from the kernel's linux/prctl.h. */
const PR_SET_KEEPCAPS = 8;
const PR_CAPBSET_READ = 23;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

function prctl(k: Executor, subject: string, ...args: readonly number[]): void {
  k.queue({ name: "prctl", args, subject });
}

/** Whether permitted capabilities stay when the user id changes from 0 (PR_SET_KEEPCAPS); queued. */
export function setKeepCapabilities(k: Executor, keep: boolean): void {
  prctl(k, `PR_SET_KEEPCAPS ${Number(keep)}`, PR_SET_KEEPCAPS, Number(keep));
}

/** Whether a capability is in the bounding set (PR_CAPBSET_READ). */
export function isBounding(k: Executor, capability: number): boolean {
  return k.attempt({ name: "prctl", args: [PR_CAPBSET_READ, capability] }) === 1;
}

/** Removes a capability from the bounding set for good (PR_CAPBSET_DROP, needs CAP_SETPCAP); queued. */
export function dropBounding(k: Executor, capability: number, name: string): void {
  prctl(k, `PR_CAPBSET_DROP ${name}`, PR_CAPBSET_DROP, capability);
}

/** Empties the ambient set (PR_CAP_AMBIENT_CLEAR_ALL, Linux 4.3); queued. */
export function clearAmbient(k: Executor): void {
  prctl(k, "PR_CAP_AMBIENT_CLEAR_ALL", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
}

/** Raises an ambient capability that is permitted and inheritable (PR_CAP_AMBIENT_RAISE); queued. */
export function raiseAmbient(k: Executor, capability: number, name: string): void {
  prctl(k, `PR_CAP_AMBIENT_RAISE ${name}`, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability);
}

/** No execve(2) grants privileges any more, for good (PR_SET_NO_NEW_PRIVS); queued. */
export function setNoNewPrivileges(k: Executor): void {
  prctl(k, "PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS, 1);
}
