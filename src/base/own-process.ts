// From the global `process`: importing node:process costs a command 0.26 ms.

/** geteuid(2). */
export function effectiveUid(): number {
  return process.geteuid?.() ?? 0;
}

/** getegid(2). */
export function effectiveGid(): number {
  return process.getegid?.() ?? 0;
}

/** Whether this process is root, as far as its user namespace goes. */
export function isRoot(): boolean {
  return effectiveUid() === 0;
}
