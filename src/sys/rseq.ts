import { arch } from "node:process";
import type { Executor } from "./executor.ts";
import { callCode, libcVariable } from "./koffi.ts";
import type { HandMemory } from "./stub/hand.ts";

/** The kernel's signatures in front of abort handlers (asm/rseq.h of glibc). */
const SIGNATURE = arch === "arm64" ? 0xd428bc00 : 0x53053053;
const UNREGISTER = 1;
/** The first version of the area; glibc registers no less (rseq(2)). */
const MIN_SIZE = 32;

/**
 * Ends the registration of the restartable-sequences area that a child has inherited with its parent's thread
 * (rseq(2), Linux 4.18; glibc 2.35 registers it): the kernel writes there on the way back from system calls, and kills
 * a process that has unmapped it. @returns false where the kernel does not know the area
 */
export function unregisterRseq(k: Executor, memory: HandMemory): boolean {
  const size = libcVariable("__rseq_size", "uint") ?? 0;
  const offset = libcVariable("__rseq_offset", "long");
  if (size === 0 || offset === undefined) return true;
  const address = callCode(memory.threadPointerEntry, 0) + offset;
  const args = [address, Math.max(size, MIN_SIZE), UNREGISTER, SIGNATURE];
  return k.attempt({ name: "rseq", args }) === 0;
}
