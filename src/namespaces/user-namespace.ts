import { lazy } from "../base/lazy.ts";
import { isRoot } from "../base/own-process.ts";
import { namespaceInode, readProc } from "../sys/host-proc.ts";

/** Inode of the initial user namespace's file (PROC_USER_INIT_INO, linux/proc_ns.h). */
const INITIAL = 0xeffffffdn;

/** Whether this process is in another user namespace than the machine's first: its root is then an ordinary user outside. */
export const inUserNamespace = lazy((): boolean => {
  const inode = namespaceInode("self", "user");
  return inode !== undefined && inode !== INITIAL;
});

/** Whether this process is not the host's root: what only that may do is not to be had (mknod(2), the host's cgroups). */
export function isUnprivileged(): boolean {
  return !isRoot() || inUserNamespace();
}

/**
 * Whether setgroups(2) is allowed in the user namespace of a process (user_namespaces(7), /proc/PID/setgroups; CVE-2014-8989).
 * A new user namespace inherits what its parent says.
 */
export function allowsGroups(process: number | "self"): boolean {
  return readProc(`${process}/setgroups`).trim() !== "deny";
}
