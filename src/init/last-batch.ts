import type { FilterPlan } from "../seccomp/filter.ts";
import { installSeccomp } from "../seccomp/install.ts";
import { closeOthers } from "../security/descriptors.ts";
import { type CapabilitySets, capset } from "../sys/capset.ts";
import { marksEach } from "../sys/close-on-exec.ts";
import { disarmParentDeath } from "../sys/process.ts";
import { seccompFilterCall } from "../sys/seccomp.ts";
import type { Hand } from "../sys/stub/hand.ts";
import type { Program } from "./finish.ts";

/** Indices in `lastStages`. */
const [starting, filtering, executing] = [0, 1, 2];

const CAP_SYS_ADMIN = 1n << 21n;

/** The filter of the program's system calls, and what it takes to install it. */
export interface LastFilter {
  readonly filter: FilterPlan;
  readonly capabilities: CapabilitySets;
  readonly noNewPrivileges: boolean;
}

/**
 * What must stay permitted until the filter is installed, if anything: without no_new_privs that takes CAP_SYS_ADMIN
 * (seccomp(2)). It never reaches the program: execve(2) makes its capabilities out of the inheritable, the bounding and
 * the ambient set alone (capabilities(7)), for root as for others. runc installs the filter before it drops
 * capabilities instead, and so needs a profile that allows all that follows.
 */
export function filterCapabilities({ noNewPrivileges }: { readonly noNewPrivileges: boolean }): bigint {
  return noNewPrivileges ? 0n : CAP_SYS_ADMIN;
}

/** The descriptors in init that the last batch needs. */
export interface LastDescriptors {
  /** What init waits on, or undefined when nobody has to let it go. */
  readonly go: number | undefined;
  /** Where a failure is reported; closed by execve(2), which says that all went well. */
  readonly result: number;
  readonly preserve: number;
}

/**
 * Prepares and releases what init does on its own, the parent gone or not: it waits at the gate, closes what is not the
 * container's, and becomes the program. Nothing follows a seccomp filter but execve(2). First of all it is made to outlive
 * the parent, which waits for that: ending at once it must not take init with it.
 *
 * A filter with a listener is there before the gate, as with runc: its agent is to know of it by the end of `create`, and
 * to answer from then on. What follows that filter is the gate's read(2) and execve(2).
 * @returns what stands for the listener's descriptor (`Hand.awaitResult`), if there is one
 */
export function releaseLast(
  k: Hand,
  program: Program,
  descriptors: LastDescriptors,
  filter: LastFilter | undefined,
): number | undefined {
  const early = marksEach();
  if (early) closeOthers(k, descriptors.preserve);
  k.beginLast(descriptors.result);
  k.stage = starting;
  const outlives = k.queueAwaited(disarmParentDeath);
  const listener = filter?.filter.listener === undefined ? undefined : listen(k, descriptors, filter);
  k.stage = starting;
  if (descriptors.go !== undefined) k.queue({ name: "read", args: [descriptors.go, k.memory.alloc(8), 1] });
  if (listener === undefined) {
    if (!early) closeOthers(k, descriptors.preserve);
    k.stage = filtering;
    if (filter !== undefined) installFilter(k, filter);
  }
  execute(k, program);
  k.release();
  k.awaitResult(outlives);
  return listener;
}

function execute(k: Hand, program: Program): void {
  k.stage = executing;
  const { memory } = k;
  const path = memory.string(program.path);
  const argv = memory.strings(program.args);
  k.queue({ name: "execve", args: [path, argv, memory.strings(program.environment)], subject: program.path });
}

function listen(k: Hand, { preserve }: LastDescriptors, last: LastFilter): number {
  k.stage = starting;
  if (!marksEach()) closeOthers(k, preserve);
  k.stage = filtering;
  permitFilter(k, last);
  const { program, flags } = last.filter;
  return k.queueAwaited(seccompFilterCall(k, program, flags));
}

function installFilter(k: Hand, last: LastFilter): void {
  permitFilter(k, last);
  installSeccomp(k, last.filter);
}

/** The capability takes effect only for this. */
function permitFilter(k: Hand, last: LastFilter): void {
  const { capabilities } = last;
  const kept = filterCapabilities(last);
  if (kept !== 0n) {
    const { effective, permitted } = capabilities;
    capset(k, { ...capabilities, effective: effective | kept, permitted: permitted | kept });
  }
}
