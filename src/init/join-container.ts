import { TsrunError } from "../base/errors.ts";
import { CLONE_PARENT, cloneFlags } from "../sys/namespaces.ts";
import { armParentDeath, setDumpable } from "../sys/process.ts";
import type { Hand } from "../sys/stub/hand.ts";
import { SyscallError } from "../sys/syscall-error.ts";
import { seal } from "./seal.ts";

const EINVAL = 22;
const EPERM = 1;

/**
 * Moves a hand into all namespaces of a container's process with one setns(2) (a pidfd, Linux 5.8) and lets it fork:
 * only children are in a pid namespace. Non-dumpable and sealed before it joins (CVE-2016-9962, CVE-2019-5736). The
 * hand that is given is used up. @returns the child, a child of this process
 */
export function joinContainer(hand: Hand, pid: number): Hand {
  try {
    setDumpable(hand, false);
    const sealed = seal(hand);
    hand.within(`joining the namespaces of process ${pid}`, undefined, () => joinAllOf(hand, pid));
    const child = hand.fork(CLONE_PARENT);
    settle(child, sealed);
    return child;
  } finally {
    hand.destroy();
  }
}

/** A child that is not returned must be reaped: the end of the container's init waits for all of its pid namespace. */
function settle(child: Hand, sealed: boolean): void {
  try {
    armParentDeath(child);
    setDumpable(child, false);
    if (!sealed && !seal(child)) throw new TsrunError("sealing a process in the container");
    child.flush();
  } catch (error) {
    child.destroy();
    throw error;
  }
}

function joinAllOf(hand: Hand, pid: number): void {
  const pidfd = hand.call({ name: "pidfd_open", args: [pid, 0], subject: String(pid) });
  const { user, ...others } = cloneFlags;
  const all = Object.values(others).reduce((flags, flag) => flags | flag, 0);
  // A user namespace that the process is in already is refused with EINVAL.
  let result = hand.attempt({ name: "setns", args: [pidfd, all | user] });
  if (result === -EINVAL || result === -EPERM) result = hand.attempt({ name: "setns", args: [pidfd, all] });
  if (result < 0) throw new SyscallError("setns", -result, `the namespaces of process ${pid}`);
  hand.queue({ name: "setresgid", args: [0, 0, 0], optional: true });
  hand.queue({ name: "setresuid", args: [0, 0, 0], optional: true });
  armParentDeath(hand);
  hand.queue({ name: "close", args: [pidfd] });
}
