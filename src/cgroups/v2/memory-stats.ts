import { type StatFiles, sorted } from "../common/stat-files.ts";
import { type MemoryAccount, type MemoryStats, UNLIMITED } from "../stats.ts";

const none: MemoryAccount = { usage: 0n, max: 0n, failures: 0n, limit: 0n };

/**
 * The files of the memory controller (cgroup-v2.rst, "Memory Interface Files") in v1's terms, as runc gives them: `swap`
 * is memory and swap together, and its maximum, which is not the sum of both, is left out.
 * @param more the same cgroup, for swap
 * @param meminfo reads /proc/meminfo
 */
export function memoryOf(files: StatFiles, more: StatFiles, meminfo: () => string): MemoryStats {
  const raw = files.keyed("memory.stat");
  const accounts = accountsOf(files, more, raw, meminfo);
  return {
    cache: raw["file"] ?? 0n,
    ...accounts,
    kernel: none,
    kernelTcp: none,
    raw: sorted(raw),
    pressure: files.pressure("memory.pressure"),
  };
}

type Accounts = Pick<MemoryStats, "usage" | "swap" | "swapOnly">;

function accountsOf(
  files: StatFiles,
  more: StatFiles,
  raw: Readonly<Record<string, bigint>>,
  meminfo: () => string,
): Accounts {
  const usage = accountOf(files, "memory");
  if (usage !== undefined) {
    const swapOnly = accountOf(more, "memory.swap") ?? none;
    return { usage, swapOnly, swap: together(usage, swapOnly) };
  }
  // The root cgroup has memory.stat alone.
  return Object.keys(raw).length > 0
    ? accountsOfRoot(raw, meminfo())
    : { usage: none, swap: none, swapOnly: none };
}

function accountOf(files: StatFiles, prefix: string): MemoryAccount | undefined {
  const usage = files.maybeCount(`${prefix}.current`);
  if (usage === undefined) return undefined;
  // memory.peak: Linux 5.19; memory.swap.peak: 6.5.
  return { usage, max: files.count(`${prefix}.peak`), failures: 0n, limit: files.count(`${prefix}.max`) };
}

function together(memory: MemoryAccount, swap: MemoryAccount): MemoryAccount {
  const limit = swap.limit === UNLIMITED ? UNLIMITED : wrapped(swap.limit + memory.limit);
  return { usage: memory.usage + swap.usage, max: 0n, failures: 0n, limit };
}

/** Memory without a limit and swap with one: no limit of both. */
function wrapped(sum: bigint): bigint {
  return sum > UNLIMITED ? UNLIMITED : sum;
}

/** What v1 would count of the whole host: resident memory and the page cache, and swap in use. */
function accountsOfRoot(raw: Readonly<Record<string, bigint>>, meminfo: string): Accounts {
  const kilobytes = (key: string): bigint =>
    BigInt(new RegExp(`^${key}:\\s*(\\d+) kB$`, "m").exec(meminfo)?.[1] ?? "0");
  const usage = { ...none, usage: (raw["anon"] ?? 0n) + (raw["file"] ?? 0n), limit: UNLIMITED };
  const swapOnly = { ...none, usage: (kilobytes("SwapTotal") - kilobytes("SwapFree")) * 1024n };
  return { usage, swapOnly, swap: { ...usage, usage: usage.usage + swapOnly.usage } };
}
