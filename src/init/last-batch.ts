import type { CompiledFilter } from "../seccomp/filter.ts";
import { installSeccomp } from "../seccomp/install.ts";
import { closeOthers } from "../security/descriptors.ts";
import { type CapabilitySets, capset } from "../sys/capset.ts";
import { disarmParentDeath } from "../sys/process.ts";
import type { Hand } from "../sys/stub/hand.ts";
import type { Program } from "./finish.ts";

/** The stages of the last batch: the step's text and its place in config.json. A failed record carries the index. */
export const lastStages = [
  ["starting the container", ""],
  ["installing the seccomp filter", "/linux/seccomp"],
  ["executing the program", "/process/args"],
] as const;
const [starting, filtering, executing] = [0, 1, 2];

const CAP_SYS_ADMIN = 1n << 21n;

/** The filter of the program's system calls, and what it takes to install it. */
export interface LastFilter {
  readonly filter: CompiledFilter;
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
 * container's, and becomes the program. Nothing follows a seccomp filter but execve(2). That it outlives the parent is
 * set before, and waited for: a parent that ends at once must not take init with it.
 */
export function releaseLast(
  k: Hand,
  program: Program,
  descriptors: LastDescriptors,
  filter: LastFilter | undefined,
): void {
  disarmParentDeath(k);
  k.beginLast(descriptors.result);
  k.stage = starting;
  if (descriptors.go !== undefined) k.queue({ name: "read", args: [descriptors.go, k.memory.alloc(8), 1] });
  closeOthers(k, descriptors.preserve);
  k.stage = filtering;
  if (filter !== undefined) installFilter(k, filter);
  k.stage = executing;
  const { memory } = k;
  const path = memory.string(program.path);
  const argv = memory.strings(program.args);
  k.queue({ name: "execve", args: [path, argv, memory.strings(program.environment)], subject: program.path });
  k.release();
}

/** The capability takes effect only for this, behind the gate. */
function installFilter(k: Hand, last: LastFilter): void {
  const { capabilities, filter } = last;
  const kept = filterCapabilities(last);
  if (kept !== 0n) {
    const { effective, permitted } = capabilities;
    capset(k, { ...capabilities, effective: effective | kept, permitted: permitted | kept });
  }
  installSeccomp(k, filter);
}
