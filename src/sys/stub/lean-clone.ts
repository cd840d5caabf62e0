import { local } from "../local.ts";
import type { Memory } from "../memory.ts";
import { rseqArea, tryRseq } from "../rseq.ts";

const MADV_DONTFORK = 10;
const PAGE = 4096;
/** No address of a user's is higher: 47 bits on x86-64, at most 48 on arm64. */
const ADDRESS_END = process.arch === "arm64" ? 2 ** 48 - PAGE : 2 ** 47 - PAGE;

/**
 * Runs `clone` so that the child gets nothing of this process's memory but `memory` (MADV_DONTFORK, madvise(2)): no
 * page tables to copy, no copying on write afterwards, and nothing of the engine, its file or its heap in the child.
 *
 * The stub needs no more: it has no stack. But the kernel writes into the thread's area of restartable sequences
 * (rseq(2)) and would kill a child that lacks it, so the registration ends before the clone and comes back after it.
 */
export function withLeanMemory<T>(
  memory: Memory & { readonly threadPointerEntry: number },
  clone: () => T,
): T {
  const area = rseqArea(memory.threadPointerEntry);
  // An area that the kernel does not know by what libc says of it: then the child gets everything.
  if (area !== undefined && !tryRseq(local, area, "unregister")) return clone();
  const end = memory.address + memory.size;
  for (const [start, length] of [
    [PAGE, memory.address - PAGE],
    [end, ADDRESS_END - end],
  ]) {
    // ENOMEM says that there are holes, and is no failure: what is mapped has been marked.
    local.attempt({ name: "madvise", args: [start ?? 0, length ?? 0, MADV_DONTFORK] });
  }
  try {
    return clone();
  } finally {
    if (area !== undefined) tryRseq(local, area, "register");
  }
}
