import { range } from "../base/range.ts";
import type { Executor } from "./executor.ts";
import { listProc } from "./host-proc.ts";
import { local } from "./local.ts";

const CLOSE_RANGE_CLOEXEC = 4;
const LAST = 0xffffffff;
/** So many descriptors this process has had open at once, at most, beside those that it has inherited. */
const OWN = 64;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

let supported: boolean | undefined;

/** Whether close_range(2) knows CLOSE_RANGE_CLOEXEC (Linux 5.11); asked once, of a descriptor that can't exist. */
function hasCloseRange(): boolean {
  supported ??= local.attempt({ name: "close_range", args: [LAST, LAST, CLOSE_RANGE_CLOEXEC] }) === 0;
  return supported;
}

/**
 * Whether descriptors are marked one by one: a caller that has opened thousands makes more calls of that than a hand's last
 * batch takes, and so they come before it.
 */
export function marksEach(): boolean {
  return !hasCloseRange();
}

/**
 * Marks every descriptor from `first` on close-on-exec; queued. A descriptor of the host that reaches the container's
 * process leads out of the container (CVE-2024-21626).
 */
export function closeOnExecFrom(k: Executor, first: number): void {
  if (hasCloseRange()) {
    const subject = `from ${first} CLOSE_RANGE_CLOEXEC`;
    k.queue({ name: "close_range", args: [first, LAST, CLOSE_RANGE_CLOEXEC], subject });
  } else {
    markInherited(k, first);
  }
}

/**
 * The same for Linux 5.10, one descriptor at a time (fcntl(2) F_SETFD). Those of this process are all that count: a
 * child has what this process had when it was cloned, and whatever either opens is close-on-exec from the start.
 */
export function markInherited(k: Executor, first: number): void {
  for (const fd of ownDescriptors()) {
    if (fd < first) continue;
    k.queue({ name: "fcntl", args: [fd, F_SETFD, FD_CLOEXEC], subject: `${fd} FD_CLOEXEC`, optional: true });
  }
}

/**
 * Closes the descriptors from `first` to `last`, or to the highest; queued. Before Linux 5.11 one at a time: whatever
 * number this process may have had open when it cloned the executor's.
 */
export function closeRange(k: Executor, first: number, last: number = LAST): void {
  if (hasCloseRange()) {
    k.queue({
      name: "close_range",
      args: [first, last, 0],
      subject: `${first}-${last === LAST ? "" : last}`,
    });
    return;
  }
  const open = ownDescriptors();
  // The kernel gives the lowest number that is free: what this process has closed since was not far up.
  const numbers = new Set([...open, ...range(first, open.length + OWN)]);
  for (const fd of numbers) {
    if (fd < first || fd > last) continue;
    k.queue({ name: "close", args: [fd], subject: String(fd), optional: true });
  }
}

/** Lets a descriptor stay open across execve(2); queued. */
export function keepOnExec(k: Executor, fd: number): void {
  k.queue({ name: "fcntl", args: [fd, F_SETFD, 0], subject: `${fd} without FD_CLOEXEC` });
}

function ownDescriptors(): number[] {
  return listProc("self/fd").map(({ name }) => Number(name));
}
