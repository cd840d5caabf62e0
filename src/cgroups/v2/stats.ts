import { hugePageSizes, hugetlbOf } from "../common/hugetlb-stats.ts";
import { rdmaOf } from "../common/rdma-stats.ts";
import { type FileReader, readIfKept, StatFiles, sorted } from "../common/stat-files.ts";
import {
  type CgroupStats,
  type CpuStats,
  type CpusetStats,
  type MiscStats,
  type PidsStats,
  type StatsPart,
  UNLIMITED,
} from "../stats.ts";
import { ioOf } from "./io-stats.ts";
import { memoryOf } from "./memory-stats.ts";

const NANOSECONDS_PER_MICROSECOND = 1000n;
/** The files of a controller that nobody asks for. */
const nothing = new StatFiles(undefined, () => undefined);

/**
 * What a cgroup of v2 counts (cgroup-v2.rst).
 * @param directory undefined for a container without a cgroup
 * @param parts which figures are wanted; the others are as if their controllers were missing
 * @throws TsrunError that names a file whose text is not what the kernel writes
 */
export function readStats(
  directory: string | undefined,
  parts: readonly StatsPart[],
  read: FileReader = readIfKept,
  pageSizes: readonly string[] = parts.includes("hugetlb") ? hugePageSizes() : [],
): CgroupStats {
  const all = new StatFiles(directory, read);
  const files = (part: StatsPart): StatFiles => (parts.includes(part) ? all : nothing);
  return {
    cpu: cpuOf(files("cpu")),
    cpuset: noCpuset,
    memory: memoryOf(files("memory"), files("swap"), () => read("/proc/meminfo") ?? ""),
    pids: pidsOf(files("pids")),
    io: ioOf(files("io")),
    hugetlb: hugetlbOf(files("hugetlb"), hugetlbNames, pageSizes),
    rdma: rdmaOf(files("rdma")),
    misc: miscOf(files("misc")),
  };
}

/** cpu.stat is there without the controller, too. */
function cpuOf(files: StatFiles): CpuStats {
  const stat = files.keyed("cpu.stat");
  const nanoseconds = (key: string): bigint => (stat[key] ?? 0n) * NANOSECONDS_PER_MICROSECOND;
  return {
    total: nanoseconds("usage_usec"),
    kernel: nanoseconds("system_usec"),
    user: nanoseconds("user_usec"),
    perCpu: [],
    perCpuKernel: [],
    perCpuUser: [],
    periods: stat["nr_periods"] ?? 0n,
    throttledPeriods: stat["nr_throttled"] ?? 0n,
    throttledTime: nanoseconds("throttled_usec"),
    burstPeriods: stat["nr_bursts"] ?? 0n,
    burstTime: nanoseconds("burst_usec"),
    pressure: files.pressure("cpu.pressure"),
  };
}

const noCpuset: CpusetStats = {
  cpus: [],
  mems: [],
  cpuExclusive: 0n,
  memHardwall: 0n,
  memExclusive: 0n,
  memoryMigrate: 0n,
  memorySpreadPage: 0n,
  memorySpreadSlab: 0n,
  memoryPressure: 0n,
  schedLoadBalance: 0n,
  schedRelaxDomainLevel: 0n,
};

/** The limit of none is 0, as with runc. Without the controller the cgroup's own processes are counted. */
function pidsOf(files: StatFiles): PidsStats {
  const current = files.maybeCount("pids.current");
  const limit = files.count("pids.max");
  if (current !== undefined) return { current, limit: limit === UNLIMITED ? 0n : limit };
  // A threaded cgroup does not list processes (EOPNOTSUPP).
  const members = files.text("cgroup.procs") === undefined ? "cgroup.threads" : "cgroup.procs";
  return { current: BigInt(files.lines(members).length), limit: 0n };
}

const hugetlbNames = {
  usage: "current",
  // Reservations have no events file; those of the page size count.
  failures: (files: StatFiles, prefix: string): bigint =>
    files.keyed(`${prefix.replace(/\.rsvd$/, "")}.events`)["max"] ?? 0n,
};

/** misc.current and misc.events (Linux 5.13): `res_a 3`, `res_a.max 0`. */
function miscOf(files: StatFiles): Record<string, MiscStats> {
  const events = files.keyed("misc.events");
  const usages = Object.entries(files.keyed("misc.current"));
  return sorted(
    Object.fromEntries(usages.map(([name, usage]) => [name, { usage, events: events[`${name}.max`] ?? 0n }])),
  );
}
