// What cgroups count, the same for v1 and v2. Counters are 64 bits wide and are read as bigint: nanoseconds of CPU time
// pass 2^53 after 104 days of one CPU, and the limit that stands for none is above it.

/** What stands for "no limit" where a file of cgroup v2 says `max`, as with runc. */
export const UNLIMITED = 0xffff_ffff_ffff_ffffn;

/**
 * Groups of figures, so that a caller reads no more files than it shows. `swap` are the accounts of memory beside its
 * plain usage: swap and the kernel's.
 */
export const statsParts = [
  "cpu",
  "cpuset",
  "memory",
  "swap",
  "pids",
  "io",
  "hugetlb",
  "rdma",
  "misc",
] as const;
export type StatsPart = (typeof statsParts)[number];

/** How much of the last 10, 60 and 300 s was lost by waiting, in per cent, and the sum in µs (kernel's psi.rst). */
export interface PressureShare {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly total: bigint;
}

/** Waiting for a resource: of some of the processes, and of all at the same time. */
export interface Pressure {
  readonly some: PressureShare;
  readonly full: PressureShare;
}

/** CPU time since the cgroup was made, in nanoseconds. */
export interface CpuStats {
  readonly total: bigint;
  readonly kernel: bigint;
  readonly user: bigint;
  /** By CPU; empty on v2. */
  readonly perCpu: readonly bigint[];
  readonly perCpuKernel: readonly bigint[];
  readonly perCpuUser: readonly bigint[];
  /** Enforcement of the quota. */
  readonly periods: bigint;
  readonly throttledPeriods: bigint;
  readonly throttledTime: bigint;
  /** Use of what was saved up (Linux 5.14). */
  readonly burstPeriods: bigint;
  readonly burstTime: bigint;
  readonly pressure: Pressure | undefined;
}

/** Files of the v1 cpuset controller; on v2 nothing but empty lists and zeros, as with runc. */
export interface CpusetStats {
  readonly cpus: readonly number[];
  readonly mems: readonly number[];
  readonly cpuExclusive: bigint;
  readonly memHardwall: bigint;
  readonly memExclusive: bigint;
  readonly memoryMigrate: bigint;
  readonly memorySpreadPage: bigint;
  readonly memorySpreadSlab: bigint;
  readonly memoryPressure: bigint;
  readonly schedLoadBalance: bigint;
  /** May be negative. */
  readonly schedRelaxDomainLevel: bigint;
}

/** One account of memory, in bytes. */
export interface MemoryAccount {
  readonly usage: bigint;
  readonly max: bigint;
  /** How often the limit was met; 0 on v2. */
  readonly failures: bigint;
  /** 0 where nothing is counted. */
  readonly limit: bigint;
}

export interface MemoryStats {
  readonly cache: bigint;
  readonly usage: MemoryAccount;
  /** Memory and swap together, as v1 counts. */
  readonly swap: MemoryAccount;
  readonly swapOnly: MemoryAccount;
  readonly kernel: MemoryAccount;
  readonly kernelTcp: MemoryAccount;
  /** memory.stat. */
  readonly raw: Readonly<Record<string, bigint>>;
  readonly pressure: Pressure | undefined;
}

export interface PidsStats {
  readonly current: bigint;
  /** 0 for none. */
  readonly limit: bigint;
}

/** A figure of one block device; `op` is empty where operations are not told apart. */
export interface IoEntry {
  readonly major: bigint;
  readonly minor: bigint;
  readonly op: string;
  readonly value: bigint;
}

/** Lists of figures of block devices, the cgroups below included. */
export const ioLists = [
  "serviceBytes",
  "serviced",
  "queued",
  "serviceTime",
  "waitTime",
  "merged",
  "time",
  "sectors",
] as const;
export type IoList = (typeof ioLists)[number];

export interface IoStats extends Readonly<Record<IoList, readonly IoEntry[]>> {
  readonly pressure: Pressure | undefined;
}

/** Huge pages of one size, in bytes. */
export interface HugetlbStats {
  readonly usage: bigint;
  /** 0 on v2. */
  readonly max: bigint;
  readonly failures: bigint;
}

/** What an RDMA device's use or limit is. */
export interface RdmaEntry {
  readonly device: string;
  readonly handles: bigint;
  readonly objects: bigint;
}

export interface RdmaStats {
  readonly limit: readonly RdmaEntry[];
  readonly current: readonly RdmaEntry[];
}

/** Use of a resource of the misc controller, and how often its limit was met. */
export interface MiscStats {
  readonly usage: bigint;
  readonly events: bigint;
}

/** What a cgroup counts. Where a controller or a file is missing there are zeros and empty lists. */
export interface CgroupStats {
  readonly cpu: CpuStats;
  readonly cpuset: CpusetStats;
  readonly memory: MemoryStats;
  readonly pids: PidsStats;
  readonly io: IoStats;
  /** By page size (`2MB`), ascending by name. */
  readonly hugetlb: Readonly<Record<string, HugetlbStats>>;
  readonly rdma: RdmaStats;
  /** By resource, ascending by name. */
  readonly misc: Readonly<Record<string, MiscStats>>;
}
