import type { CgroupStats, IoEntry, Pressure } from "../cgroups/stats.ts";
import type { Sample } from "../container/samples.ts";

/** What `stats` shows of a container. */
export interface Usage {
  readonly id: string;
  /** Share of one CPU since the sample before, in per cent; undefined for the first sample. */
  readonly cpuPercent: number | undefined;
  /** In bytes, without the page cache that nobody has used lately: what cannot simply be given back. */
  readonly memory: bigint;
  /** In bytes; where there is none, the machine's memory. */
  readonly memoryLimit: bigint;
  readonly pids: bigint;
  /** 0 for none. */
  readonly pidsLimit: bigint;
  /** Bytes from and to block devices. */
  readonly read: bigint;
  readonly written: bigint;
  /** Share of the last 10 s in which somebody waited, in per cent; undefined where the kernel doesn't say. */
  readonly waiting: Waiting | undefined;
}

/** For a CPU, for memory, for block devices. */
export interface Waiting {
  readonly cpu: number;
  readonly memory: number;
  readonly io: number;
}

/** What became of a container between two samples. @param machineMemory in bytes */
export function usageOf(sample: Sample, before: Sample | undefined, machineMemory: bigint): Usage {
  const { memory, pids, io } = sample.stats;
  const { limit } = memory.usage;
  return {
    id: sample.id,
    cpuPercent: cpuPercent(sample, before),
    memory: workingSet(sample.stats),
    memoryLimit: limit > 0n && limit < machineMemory ? limit : machineMemory,
    pids: pids.current,
    pidsLimit: pids.limit,
    read: sumOf(io.serviceBytes, "Read"),
    written: sumOf(io.serviceBytes, "Write"),
    waiting: waiting(sample.stats),
  };
}

/** Nanoseconds of CPU time in nanoseconds of time. */
function cpuPercent(sample: Sample, before: Sample | undefined): number | undefined {
  if (before === undefined || before.startTime !== sample.startTime) return undefined;
  const elapsed = (sample.at - before.at) * 1e6;
  const used = Number(sample.stats.cpu.total - before.stats.cpu.total);
  return elapsed <= 0 || used < 0 ? undefined : (used / elapsed) * 100;
}

/** The inactive part of the page cache: of the cgroup and those below it (v1 says so by name, v2 always means it). */
function workingSet({ memory }: CgroupStats): bigint {
  const { usage } = memory.usage;
  const inactive = memory.raw["total_inactive_file"] ?? memory.raw["inactive_file"] ?? 0n;
  return inactive < usage ? usage - inactive : usage;
}

function sumOf(entries: readonly IoEntry[], op: string): bigint {
  return entries.reduce((sum, entry) => (entry.op === op ? sum + entry.value : sum), 0n);
}

function waiting({ cpu, memory, io }: CgroupStats): Waiting | undefined {
  const pressures = [cpu.pressure, memory.pressure, io.pressure];
  if (pressures.every((pressure) => pressure === undefined)) return undefined;
  const share = (pressure: Pressure | undefined): number => pressure?.some.avg10 ?? 0;
  return { cpu: share(cpu.pressure), memory: share(memory.pressure), io: share(io.pressure) };
}
