import type { Call } from "../sys/executor.ts";
import { CLONE_PARENT, cloneFlags, type NamespaceType } from "../sys/namespaces.ts";
import { setDumpable } from "../sys/process.ts";
import { chrootTo } from "../sys/root.ts";
import { isExecutedReadOnly } from "../sys/self.ts";
import type { Hand } from "../sys/stub/hand.ts";
import { SyscallError } from "../sys/syscall-error.ts";
import { closeOtherDescriptors } from "./descriptors.ts";
import { joinAll, type OpenNamespace } from "./join.ts";
import { seal, sealingRefused } from "./seal.ts";

const EINVAL = 22;
const EPERM = 1;

/** A container that a hand joins, by descriptors in the hand. */
export interface JoinTarget {
  /** A pidfd of its init. */
  readonly init: number;
  /** The namespaces that its configuration names; the others are its runtime's. */
  readonly types: ReadonlySet<NamespaceType>;
  /** Its root, where it has no mount namespace of its own and so no root of one. */
  readonly root: number | undefined;
}

/** A container that a hook joins. */
export interface HookTarget {
  /** Its init. */
  readonly pid: number;
  readonly types: ReadonlySet<NamespaceType>;
  /** Its namespaces, where init is out of the caller's reach (doors.ts). */
  readonly doors: readonly OpenNamespace[] | undefined;
}

/**
 * Moves a hand into the namespaces of a container, with one setns(2) (a pidfd, Linux 5.8) or through its doors, and lets it
 * fork: only children are in a pid namespace. Non-dumpable, sealed and without the runtime's descriptors but standard streams
 * and `kept` before it joins (CVE-2016-9962, CVE-2019-5736, CVE-2024-21626). The hand that is given is used up.
 * @returns the child, a child of this process
 */
export function joinContainer(hand: Hand, { pid, types, doors }: HookTarget, kept: readonly number[]): Hand {
  try {
    setDumpable(hand, false);
    const sealed = seal(hand);
    const numbers = (doors ?? []).map(({ fd }) => fd.number);
    closeOtherDescriptors(hand, 0, [...kept, ...numbers]);
    if (doors === undefined) {
      const init = hand.call({ name: "pidfd_open", args: [pid, 0], subject: String(pid) });
      joinNamespaces(hand, { init, types, root: undefined });
    } else {
      joinAll(hand, doors);
      for (const number of numbers) hand.queue({ name: "close", args: [number] });
    }
    const child = hand.fork(CLONE_PARENT);
    settleInside(child, sealed);
    return child;
  } finally {
    hand.destroy();
  }
}

/**
 * The child of a hand that has joined: sealed at the latest here, where a user namespace gives it the right to that. One
 * that is not returned must be reaped: the end of the container's init waits for all of its pid namespace.
 * @throws TsrunError where it is not, and somebody could write the executable
 */
export function settleInside(child: Hand, sealed: boolean): void {
  try {
    setDumpable(child, false);
    if (!sealed && !seal(child) && !isExecutedReadOnly()) throw sealingRefused();
  } catch (error) {
    child.destroy();
    throw error;
  }
}

/** Joins everything but the pid namespace, which only takes children. @throws TsrunError */
export function joinNamespaces(hand: Hand, { init, types, root }: JoinTarget): void {
  hand.within("joining the container's namespaces", undefined, () => {
    setnsAll(hand, init, types);
    if (root !== undefined) {
      chrootTo(hand, root);
    }
    hand.queue({ name: "setresgid", args: [0, 0, 0], optional: true });
    hand.queue({ name: "setresuid", args: [0, 0, 0], optional: true });
    // Where sysctl fs.suid_dumpable=1 a change of credentials has taken it back.
    setDumpable(hand, false);
    hand.queue({ name: "close", args: [init] });
    if (root !== undefined) hand.queue({ name: "close", args: [root] });
  });
}

/** One setns(2) for all: the kernel checks each against the user namespace that is joined with it. */
function setnsAll(hand: Hand, init: number, types: ReadonlySet<NamespaceType>): void {
  let all = 0;
  for (const type of types) all |= cloneFlags[type];
  const setns = (flags: number): Call => ({
    name: "setns",
    args: [init, flags],
    subject: [...types].join(", "),
  });
  if (types.has("user")) {
    const result = hand.attempt(setns(all));
    if (result === 0) return;
    // A user namespace that the process is in already is refused with EINVAL.
    if (result !== -EINVAL && result !== -EPERM) throw new SyscallError("setns", -result, "");
    all &= ~cloneFlags.user;
  }
  if (all !== 0) hand.queue(setns(all));
}
