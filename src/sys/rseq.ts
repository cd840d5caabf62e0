import type { Executor } from "./executor.ts";
import { callCode, libcVariable } from "./koffi.ts";

/** The kernel's signatures in front of abort handlers (asm/rseq.h of glibc). */
const SIGNATURE = process.arch === "arm64" ? 0xd428bc00 : 0x53053053;
const UNREGISTER = 1;
/** The first version of the area; glibc registers no less (rseq(2)). */
const MIN_SIZE = 32;

/** A thread's area of restartable sequences, as glibc has registered it. */
export interface RseqArea {
  readonly address: number;
  readonly size: number;
}

/**
 * The calling thread's area (rseq(2), Linux 4.18; glibc 2.35 registers it); undefined where libc has registered none.
 * @param threadPointerCode address of the stub's `thread_pointer`
 */
export function rseqArea(threadPointerCode: number): RseqArea | undefined {
  const size = libcVariable("__rseq_size", "uint") ?? 0;
  const offset = libcVariable("__rseq_offset", "long");
  if (size === 0 || offset === undefined) return undefined;
  return { address: callCode(threadPointerCode, 0) + offset, size: Math.max(size, MIN_SIZE) };
}

/** Registers or unregisters the area of the thread that `k` runs in. @returns whether the kernel did it */
export function tryRseq(k: Executor, area: RseqArea, action: "register" | "unregister"): boolean {
  const flags = action === "unregister" ? UNREGISTER : 0;
  return k.attempt({ name: "rseq", args: [area.address, area.size, flags, SIGNATURE] }) === 0;
}
