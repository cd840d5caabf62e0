import type { StatFiles } from "../common/stat-files.ts";
import type { CpuStats, CpusetStats } from "../stats.ts";

/** cpuacct.stat counts in ticks of USER_HZ, which is 100 on every architecture of ours. */
const NANOSECONDS_PER_TICK = 10_000_000n;

/** cpu.stat (sched-bwc.rst) and the files of cpuacct (cgroup-v1/cpuacct.rst). */
export function cpuOf(cpu: StatFiles, cpuacct: StatFiles): CpuStats {
  const quota = cpu.keyed("cpu.stat");
  const ticks = cpuacct.keyed("cpuacct.stat");
  const modes = usageByMode(cpuacct);
  return {
    total: cpuacct.count("cpuacct.usage"),
    kernel: (ticks["system"] ?? 0n) * NANOSECONDS_PER_TICK,
    user: (ticks["user"] ?? 0n) * NANOSECONDS_PER_TICK,
    perCpu: cpuacct.numbers("cpuacct.usage_percpu"),
    perCpuKernel: modes.map(([, kernel]) => kernel),
    perCpuUser: modes.map(([user]) => user),
    periods: quota["nr_periods"] ?? 0n,
    throttledPeriods: quota["nr_throttled"] ?? 0n,
    throttledTime: quota["throttled_time"] ?? 0n,
    burstPeriods: quota["nr_bursts"] ?? 0n,
    burstTime: quota["burst_time"] ?? 0n,
    pressure: undefined,
  };
}

/** cpuacct.usage_all: a header, then `CPU user system`, in nanoseconds. */
function usageByMode(files: StatFiles): [user: bigint, kernel: bigint][] {
  const file = "cpuacct.usage_all";
  const rows = files.lines(file).slice(1);
  return rows.map((row) => {
    const [, user = "", kernel = ""] = row.split(" ");
    return [files.number(file, user), files.number(file, kernel)];
  });
}

/** The files of the cpuset controller (cgroup-v1/cpusets.rst). */
export function cpusetOf(files: StatFiles): CpusetStats {
  const level = files.text("cpuset.sched_relax_domain_level")?.trim() ?? "0";
  return {
    cpus: files.list("cpuset.cpus"),
    mems: files.list("cpuset.mems"),
    cpuExclusive: files.count("cpuset.cpu_exclusive"),
    memHardwall: files.count("cpuset.mem_hardwall"),
    memExclusive: files.count("cpuset.mem_exclusive"),
    memoryMigrate: files.count("cpuset.memory_migrate"),
    memorySpreadPage: files.count("cpuset.memory_spread_page"),
    memorySpreadSlab: files.count("cpuset.memory_spread_slab"),
    memoryPressure: files.count("cpuset.memory_pressure"),
    schedLoadBalance: files.count("cpuset.sched_load_balance"),
    schedRelaxDomainLevel: BigInt(level),
  };
}
