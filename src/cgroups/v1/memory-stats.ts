import { type StatFiles, sorted } from "../common/stat-files.ts";
import type { MemoryAccount, MemoryStats } from "../stats.ts";

/**
 * The files of the memory controller (cgroup-v1/memory.rst). Accounts that the kernel was built without are zero.
 * @param more the same cgroup, for accounts beside that of memory alone
 */
export function memoryOf(files: StatFiles, more: StatFiles): MemoryStats {
  const raw = files.keyed("memory.stat");
  const usage = accountOf(files, "memory");
  const swap = accountOf(more, "memory.memsw");
  return {
    cache: raw["cache"] ?? 0n,
    usage,
    swap,
    swapOnly: difference(swap, usage),
    kernel: accountOf(more, "memory.kmem"),
    kernelTcp: accountOf(more, "memory.kmem.tcp"),
    raw: sorted(raw),
    pressure: undefined,
  };
}

function accountOf(files: StatFiles, prefix: string): MemoryAccount {
  return {
    usage: files.count(`${prefix}.usage_in_bytes`),
    max: files.count(`${prefix}.max_usage_in_bytes`),
    failures: files.count(`${prefix}.failcnt`),
    limit: files.count(`${prefix}.limit_in_bytes`),
  };
}

/** What of both together is swap. The figures are not of the same instant: never below zero. */
function difference(both: MemoryAccount, memory: MemoryAccount): MemoryAccount {
  const minus = (key: keyof MemoryAccount): bigint =>
    both[key] > memory[key] ? both[key] - memory[key] : 0n;
  return { usage: minus("usage"), max: 0n, failures: both.failures, limit: minus("limit") };
}
