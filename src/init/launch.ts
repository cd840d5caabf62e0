import { TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { writeIdMaps } from "../namespaces/id-maps.ts";
import { namespaceTypes } from "../namespaces/plan.ts";
import { timeOffsetsText } from "../namespaces/time-offsets.ts";
import { O_RDONLY } from "../sys/files.ts";
import { writeProc } from "../sys/host-proc.ts";
import { stringsSize } from "../sys/memory.ts";
import { CLONE_FILES, CLONE_PARENT, cloneFlags, setns, unshare } from "../sys/namespaces.ts";
import { bringUp } from "../sys/network.ts";
import { resetSignals, setDumpable } from "../sys/process.ts";
import { Procfs } from "../sys/procfs.ts";
import { allowAllCpus } from "../sys/scheduling.ts";
import { isExecutedReadOnly } from "../sys/self.ts";
import { Hand } from "../sys/stub/hand.ts";
import { HandMemory } from "../sys/stub/hand-memory.ts";
import { failedCall, isErrno } from "../sys/syscall-error.ts";
import { closeHostDescriptors } from "./descriptors.ts";
import { openDoors } from "./doors.ts";
import { joinAll, type OpenNamespace, openNamespaces } from "./join.ts";
import { adjustOomScore } from "./oom-score.ts";
import type { InitPlan } from "./plan.ts";
import { seal, sealingRefused } from "./seal.ts";

/** What a clone fails of. */
const cloneFailure = lazy(() => require("./clone-failure.ts") as typeof import("./clone-failure.ts"));

/** Beside the code page and records: mount data, paths; the process's own strings are added to it. */
const SCRATCH = 1 << 20;

/** What has been cloned. */
export interface Launched {
  /** The container's init. */
  readonly hand: Hand;
  /** A process that shares init's descriptors but none of its namespaces, where something needs one (listener.ts). */
  readonly companion: Hand | undefined;
  /** Init's namespaces, where hooks are to join them that have no other way. */
  readonly doors: readonly OpenNamespace[] | undefined;
}

/** The same before it is settled. */
type Cloned = Omit<Launched, "doors">;

/**
 * Clones the container's init into its namespaces, in the order user → others → pid, with its id maps, its cgroup and
 * its OOM score; nothing else of it is set up yet. The order and its reasons:
 *
 * 1. joined namespaces are opened by the parent: their paths are the caller's (/proc/self/ns/…);
 * 2. a first hand joins them, non-dumpable and without the runtime's descriptors before it does (CVE-2016-9962), and
 *    forks init: a pid namespace only takes children; CLONE_PARENT makes init the parent's child, too;
 * 3. maps are written while init waits: before them it has no identity inside;
 * 4. sealed as soon as it has CAP_SYS_ADMIN in its user namespace, before anything of the container is touched;
 * 5. the cgroup before its namespace: the cgroup of that moment is the namespace's root.
 *
 * @throws TsrunError; then no process is left
 */
export function launch(plan: InitPlan): Launched {
  const { args = [], env = [] } = plan.process;
  const memory = new HandMemory(SCRATCH + stringsSize(args) + stringsSize(env), plan.lastFile);
  const { hand, companion } = clone(plan, memory);
  try {
    const doors = hand.within("preparing container init", undefined, () => settle(plan, hand));
    return { hand, companion, doors };
  } catch (error) {
    hand.destroy();
    companion?.destroy();
    throw error;
  }
}

/** Clones init; what the kernel refuses comes with what forbids it. */
function clone(plan: InitPlan, memory: HandMemory): Cloned {
  try {
    return throughFirst(plan) ? fork(plan, memory) : cloneInit(plan, memory);
  } catch (error) {
    const call = failedCall(error);
    if (call === undefined || !call.syscall.startsWith("clone")) throw error;
    const { cloned } = plan.namespaces;
    const types = namespaceTypes.filter((type) => (cloned & cloneFlags[type]) !== 0);
    throw cloneFailure().cloneFailure(call, types);
  }
}

/** Whether init is forked by a first hand. */
function throughFirst({ namespaces, listener }: InitPlan): boolean {
  return namespaces.joined.length > 0 || listener !== undefined;
}

function cloneInit(plan: InitPlan, memory: HandMemory): Cloned {
  const hand = Hand.clone(memory, { namespaces: plan.namespaces.cloned, cgroup: plan.cgroup });
  return { hand, companion: undefined };
}

function fork(plan: InitPlan, memory: HandMemory): Cloned {
  const joined = openNamespaces(plan.namespaces.joined);
  const first = Hand.clone(memory, { namespaces: 0, cgroup: plan.cgroup });
  const stays = plan.listener !== undefined;
  let hand: Hand | undefined;
  try {
    if (joined.length > 0) hide(first);
    enterCgroup(plan, first);
    if (joined.length > 0) joinClean(plan, first, joined);
    hand = first.within("cloning container init", "/linux/namespaces", () => {
      return first.fork(CLONE_PARENT | plan.namespaces.cloned | (stays ? CLONE_FILES : 0));
    });
    // Not before where it joins nothing: init would be born non-dumpable, and its id maps out of a user's reach.
    if (stays && joined.length === 0) hide(first);
    return { hand, companion: stays ? first : undefined };
  } catch (error) {
    hand?.destroy();
    first.destroy();
    throw error;
  } finally {
    for (const { fd } of joined) fd[Symbol.dispose]();
    if (!stays) first.destroy();
  }
}

/** Nothing of the runtime's is open in a process that others can see (CVE-2016-9962, CVE-2024-21626). */
function joinClean(plan: InitPlan, first: Hand, joined: readonly OpenNamespace[]): void {
  const numbers = joined.map(({ fd }) => fd.number);
  closeHostDescriptors(plan, first, numbers);
  joinAll(first, joined);
  for (const number of numbers) first.queue({ name: "close", args: [number] });
}

function hide(first: Hand): void {
  setDumpable(first, false);
  seal(first);
}

function settle(plan: InitPlan, k: Hand): Launched["doors"] {
  if (!throughFirst(plan)) enterCgroup(plan, k);
  if (plan.namespaces.joined.length === 0) closeHostDescriptors(plan, k);
  // The CPUs that the caller is bound to are no limit of the container's: runc drops them since 1.3.1.
  allowAllCpus(k);
  k.flush();
  const { linux } = plan.config;
  if (plan.namespaces.newUser) writeIdMaps(k.pid, linux?.uidMappings ?? [], linux?.gidMappings ?? []);
  adjustOomScore(k.pid, plan.process.oomScoreAdj);
  if (plan.namespaces.newTime) enterTimeNamespace(plan, k);
  if (plan.namespaces.types.has("user")) becomeNamespaceRoot(k);
  if (!seal(k) && !isExecutedReadOnly()) throw refusal(plan);
  resetSignals(k, k.handlersCleared);
  if (plan.namespaces.newCgroup) unshare(k, cloneFlags.cgroup, "cgroup");
  // Programs count on 127.0.0.1, and engines on the runtime for it: runc and crun bring it up, too.
  if (plan.namespaces.newNetwork) bringLoopbackUp(k);
  const doors = openDoors(plan, k);
  // From here on others may look at init: it is theirs to see only once it has become their program.
  setDumpable(k, false);
  k.flush();
  return doors;
}

/** Without any privilege in the new user namespace the way around sealing would end at the first mount, too. */
function refusal({ namespaces }: InitPlan): TsrunError {
  const hint = namespaces.newUser ? cloneFailure().apparmorHint() : undefined;
  if (hint === undefined) return sealingRefused();
  return new TsrunError("the new user namespace gives no privileges", { pointer: "/linux/namespaces", hint });
}

function bringLoopbackUp(k: Hand): void {
  k.within("bringing the loopback interface up", "/linux/namespaces", () => bringUp(k, "lo"));
}

function enterCgroup(plan: InitPlan, k: Hand): void {
  k.within("entering the container's cgroup", "/linux/cgroupsPath", () => plan.enterCgroup(k));
}

/** The new user namespace's root: every later step needs its capabilities, and files it makes must have an owner. */
function becomeNamespaceRoot(k: Hand): void {
  k.queue({ name: "setresgid", args: [0, 0, 0], subject: "0" });
  k.queue({ name: "setresuid", args: [0, 0, 0], subject: "0" });
}

/**
 * The offsets can be set until the first process enters; setns moves this one in (time_namespaces(7), Linux 5.6). The
 * parent writes them, like the OOM score, while init is dumpable.
 */
function enterTimeNamespace(plan: InitPlan, k: Hand): void {
  unshare(k, cloneFlags.time, "time");
  k.flush();
  const offsets = plan.config.linux?.timeOffsets;
  const text = offsets === undefined ? "" : timeOffsetsText(offsets);
  if (text !== "") writeOffsets(k.pid, text);
  // A mount namespace that was joined may have anything at /proc.
  using proc = Procfs.open(k, "processes");
  using namespace = proc.openLink("self/ns/time_for_children", O_RDONLY);
  setns(k, namespace.number, cloneFlags.time, "time");
}

function writeOffsets(pid: number, text: string): void {
  try {
    writeProc(`${pid}/timens_offsets`, text);
  } catch (cause) {
    throw new TsrunError(`setting the clocks of the time namespace to ${JSON.stringify(text.trimEnd())}`, {
      cause,
      pointer: "/linux/timeOffsets",
      ...(isErrno(cause, "ERANGE") ? { hint: "each clock must stay from 0 to about 146 years" } : {}),
    });
  }
}
