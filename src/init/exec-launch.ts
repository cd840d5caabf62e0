import { TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { applyFinalAffinity, withInitialAffinity } from "../security/cpu-affinity.ts";
import { stringsSize } from "../sys/memory.ts";
import { CLONE_FILES, CLONE_PARENT } from "../sys/namespaces.ts";
import { resetSignals, setDumpable } from "../sys/process.ts";
import { Hand } from "../sys/stub/hand.ts";
import { HandMemory } from "../sys/stub/hand-memory.ts";
import { failedCall, isErrno } from "../sys/syscall-error.ts";
import { closeOtherDescriptors } from "./descriptors.ts";
import type { CgroupDoor, ExecPlan } from "./exec-plan.ts";
import { joinNamespaces, settleInside } from "./join-container.ts";
import { adjustOomScore } from "./oom-score.ts";
import { seal } from "./seal.ts";

/** What a clone fails of. */
const cloneFailure = lazy(() => require("./clone-failure.ts") as typeof import("./clone-failure.ts"));

/** What has been cloned. */
export interface LaunchedInside {
  /** The process that becomes the program. */
  readonly hand: Hand;
  /**
   * The one that has joined and forked it: a companion that shares its descriptors where the filter has a listener; else it
   * has been killed and is still to be reaped (`destroy`), as nobody waits here for its end.
   */
  readonly first: Hand;
}

/** Beside the code page and records; the process's own strings are added to it. */
const SCRATCH = 1 << 18;

/** What runc calls it; scripts look for the words. */
const ENTERING = "adding pid of the process to cgroups";

/**
 * Puts a process of ours into a running container: into its cgroup, its namespaces, then by a fork into its pid
 * namespace. The order and its reasons:
 *
 * 1. born in the cgroup (v2), or it enters at once (v1), with the rights of the runtime's user and before it has joined
 *    anything: the OOM score and the CPUs that it may use go with it;
 * 2. non-dumpable and sealed, and every descriptor of the host's closed, before it joins: once it is in the container, a
 *    process there with CAP_SYS_PTRACE may look at it (CVE-2016-9962, CVE-2019-5736, CVE-2024-21626);
 * 3. all namespaces at once, then the fork: a pid namespace only takes children, and CLONE_PARENT makes it the
 *    runtime's child.
 *
 * @throws TsrunError; then no process is left
 */
export function launchInside(plan: ExecPlan): LaunchedInside {
  try {
    return launchThrough(plan, false);
  } catch (error) {
    // The limit of processes counts the one that forks, too; from outside a process may be moved in at any time.
    if (!isErrno(failedCall(error), "EAGAIN")) throw error;
    return launchThrough(plan, true);
  }
}

/** @param outside whether the process is moved into the cgroup only when all is done */
function launchThrough(plan: ExecPlan, outside: boolean): LaunchedInside {
  const stays = plan.listener !== undefined;
  using _door = outside ? undefined : plan.cgroup.open();
  const first = withInitialAffinity(plan.process.execCPUAffinity, () => cloneFirst(plan, outside));
  let hand: Hand | undefined;
  try {
    const sealed = prepareFirst(plan, first, outside);
    joinNamespaces(first, plan.target);
    hand = first.within("cloning the process", undefined, () => {
      return first.fork(CLONE_PARENT | (stays ? CLONE_FILES : 0));
    });
    if (!stays) first.kill();
    settleInside(hand, sealed);
    resetSignals(hand, hand.handlersCleared);
    if (outside) plan.cgroup.add(hand.pid);
    return { hand, first };
  } catch (error) {
    hand?.destroy();
    first.destroy();
    throw error;
  }
}

function prepareFirst(plan: ExecPlan, first: Hand, outside: boolean): boolean {
  const { process, target } = plan;
  // While it is dumpable: afterwards its files in /proc belong to the host's root.
  adjustOomScore(first.pid, process.oomScoreAdj);
  setDumpable(first, false);
  if (!outside) first.within(ENTERING, undefined, () => plan.cgroup.enter(first, first.pid));
  applyFinalAffinity(first, process.execCPUAffinity);
  const sealed = seal(first);
  const others = [plan.terminal, plan.listener, plan.go, target.root].filter((fd) => fd !== undefined);
  closeOtherDescriptors(first, plan.preserve, [plan.result, target.init, ...others]);
  return sealed;
}

function cloneFirst({ process, cgroup }: ExecPlan, outside: boolean): Hand {
  const { args = [], env = [] } = process;
  const clone = (directory: number | undefined): Hand => {
    const memory = new HandMemory(SCRATCH + stringsSize(args) + stringsSize(env));
    return Hand.clone(memory, { namespaces: 0, cgroup: directory });
  };
  if (outside || cgroup.directory === undefined) return clone(undefined);
  try {
    return clone(cgroup.directory);
  } catch (error) {
    return cloneElsewhere(cgroup, error, clone);
  }
}

/**
 * A cgroup that gives controllers to those below it takes no processes (cgroups(7), "no internal processes"): a container
 * that manages its own cgroups has moved init further down, and what is executed in it goes there, too.
 */
function cloneElsewhere(cgroup: CgroupDoor, error: unknown, clone: (directory?: number) => Hand): Hand {
  const { code = "" } = failedCall(error) ?? {};
  if (code === "EAGAIN") throw error;
  const other = code === "EBUSY" || code === "ENOTSUP" ? cgroup.directoryOfInit() : undefined;
  if (other !== undefined) return clone(other);
  if (cgroup.isOptional && (code === "EACCES" || code === "EPERM")) return clone();
  const hint = code === "EACCES" ? { hint: cloneFailure().cgroupHint } : {};
  throw new TsrunError(ENTERING, { cause: error, ...hint });
}
