import { closeOthers } from "../security/descriptors.ts";
import { disarmParentDeath } from "../sys/process.ts";
import type { Hand } from "../sys/stub/hand.ts";
import type { Program } from "./finish.ts";

/** The stages of the last batch: the step's text and its place in config.json. A failed record carries the index. */
export const lastStages = [
  ["starting the container", ""],
  ["executing the program", "/process/args"],
] as const;
const [starting, executing] = [0, 1];

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
export function releaseLast(k: Hand, program: Program, descriptors: LastDescriptors): void {
  disarmParentDeath(k);
  k.beginLast(descriptors.result);
  k.stage = starting;
  if (descriptors.go !== undefined) k.queue({ name: "read", args: [descriptors.go, k.memory.alloc(8), 1] });
  closeOthers(k, descriptors.preserve);
  k.stage = executing;
  const { memory } = k;
  const path = memory.string(program.path);
  const argv = memory.strings(program.args);
  k.queue({ name: "execve", args: [path, argv, memory.strings(program.environment)], subject: program.path });
  k.release();
}
