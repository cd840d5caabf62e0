import { constants } from "node:os";

/** What calls are made to fail with: refused, full, too many descriptors, a signal, no memory. */
export const errnos = ["EPERM", "ENOSPC", "EMFILE", "EINTR", "ENOMEM"] as const;

export type Errno = (typeof errnos)[number];

/** Whether every call is tried with every errno (a release, a night), or each place once with one of them (CI). */
export const isFull = process.env["TSRUN_STRESS"] === "full";

/** The errno's number on this machine. */
export function errnoNumber(name: Errno): number {
  return constants.errno[name];
}

/** Which of them the n-th place is tried with. */
export function errnosFor(n: number): readonly Errno[] {
  return isFull ? errnos : [errnos[n % errnos.length] ?? "EPERM"];
}
