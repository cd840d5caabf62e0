import type { CgroupStats, IoEntry, MemoryAccount, Pressure } from "../cgroups/stats.ts";
import type { ContainerEvent } from "../container/events.ts";
import type { ContainerStats } from "../container/statistics.ts";
import type { ResctrlStats } from "../resctrl/stats.ts";
import { exactJson } from "./exact-json.ts";

// The names, order and omissions of runc's types/events.go, which containerd and go-runc read. Members that are undefined
// are left out; numbers stand in full.

/** One line of `events`. */
export function eventLine(id: string, event: ContainerEvent): string {
  const data = event.type === "stats" ? statsDocument(event.data) : undefined;
  return `${exactJson({ type: event.type, id, data })}\n`;
}

/** Network interfaces are null, as with runc, which counts only ones that its own old configuration format knew. */
export function statsDocument({ cgroup, resctrl }: ContainerStats): object {
  return {
    cpu: cpu(cgroup),
    cpuset: cpuset(cgroup),
    memory: memory(cgroup),
    pids: { current: unlessZero(cgroup.pids.current), limit: unlessZero(cgroup.pids.limit) },
    blkio: blkio(cgroup),
    hugetlb: mapped(cgroup.hugetlb, ({ usage, max, failures }) => ({
      usage: unlessZero(usage),
      max: unlessZero(max),
      failcnt: failures,
    })),
    intel_rdt: resctrl === undefined ? {} : intelRdt(resctrl),
    network_interfaces: null,
    ...additions(cgroup),
  };
}

/** Go's omitempty. */
function unlessZero(value: bigint): bigint | undefined {
  return value === 0n ? undefined : value;
}

function unlessEmpty<T extends string | readonly unknown[]>(value: T): T | undefined {
  return value.length === 0 ? undefined : value;
}

function mapped<T>(record: Readonly<Record<string, T>>, change: (value: T) => unknown): object {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

function cpu({ cpu }: CgroupStats): object {
  return {
    usage: {
      total: unlessZero(cpu.total),
      percpu: unlessEmpty(cpu.perCpu),
      percpu_kernel: unlessEmpty(cpu.perCpuKernel),
      percpu_user: unlessEmpty(cpu.perCpuUser),
      kernel: cpu.kernel,
      user: cpu.user,
    },
    throttling: {
      periods: unlessZero(cpu.periods),
      throttledPeriods: unlessZero(cpu.throttledPeriods),
      throttledTime: unlessZero(cpu.throttledTime),
    },
    psi: psi(cpu.pressure),
  };
}

function psi(pressure: Pressure | undefined): object | undefined {
  return pressure === undefined ? undefined : { some: { ...pressure.some }, full: { ...pressure.full } };
}

function cpuset({ cpuset }: CgroupStats): object {
  return {
    cpus: unlessEmpty(cpuset.cpus),
    cpu_exclusive: cpuset.cpuExclusive,
    mems: unlessEmpty(cpuset.mems),
    mem_hardwall: cpuset.memHardwall,
    mem_exclusive: cpuset.memExclusive,
    memory_migrate: cpuset.memoryMigrate,
    memory_spread_page: cpuset.memorySpreadPage,
    memory_spread_slab: cpuset.memorySpreadSlab,
    memory_pressure: cpuset.memoryPressure,
    sched_load_balance: cpuset.schedLoadBalance,
    sched_relax_domain_level: cpuset.schedRelaxDomainLevel,
  };
}

function memory({ memory }: CgroupStats): object {
  return {
    cache: unlessZero(memory.cache),
    usage: account(memory.usage),
    swap: account(memory.swap),
    kernel: account(memory.kernel),
    kernelTCP: account(memory.kernelTcp),
    raw: Object.keys(memory.raw).length === 0 ? undefined : memory.raw,
    psi: psi(memory.pressure),
  };
}

function account({ limit, usage, max, failures }: MemoryAccount): object {
  return { limit, usage: unlessZero(usage), max: unlessZero(max), failcnt: failures };
}

function blkio({ io }: CgroupStats): object {
  return {
    ioServiceBytesRecursive: entries(io.serviceBytes),
    ioServicedRecursive: entries(io.serviced),
    ioQueueRecursive: entries(io.queued),
    ioServiceTimeRecursive: entries(io.serviceTime),
    ioWaitTimeRecursive: entries(io.waitTime),
    ioMergedRecursive: entries(io.merged),
    ioTimeRecursive: entries(io.time),
    sectorsRecursive: entries(io.sectors),
    psi: psi(io.pressure),
  };
}

function entries(list: readonly IoEntry[]): object[] | undefined {
  const rows = list.map(({ major, minor, op, value }) => ({
    major: unlessZero(major),
    minor: unlessZero(minor),
    op: unlessEmpty(op),
    value: unlessZero(value),
  }));
  return unlessEmpty(rows);
}

function intelRdt({ cache, bandwidth, countsBandwidth, countsCache, domains }: ResctrlStats): object {
  return {
    l3_cache_info: cache && {
      cbm_mask: unlessEmpty(cache.info.mask),
      min_cbm_bits: unlessZero(cache.info.minimumBits),
      num_closids: unlessZero(cache.info.classes),
    },
    l3_cache_schema_root: unlessEmpty(cache?.root ?? ""),
    l3_cache_schema: unlessEmpty(cache?.group ?? ""),
    mem_bw_info: bandwidth && {
      bandwidth_gran: unlessZero(bandwidth.info.granularity),
      delay_linear: unlessZero(bandwidth.info.linear),
      min_bandwidth: unlessZero(bandwidth.info.minimum),
      num_closids: unlessZero(bandwidth.info.classes),
    },
    mem_bw_schema_root: unlessEmpty(bandwidth?.root ?? ""),
    mem_bw_schema: unlessEmpty(bandwidth?.group ?? ""),
    mbm_stats: countsBandwidth
      ? domains.map((domain) => ({
          mbm_total_bytes: domain.totalBytes,
          mbm_local_bytes: domain.localBytes,
        }))
      : undefined,
    cmt_stats: countsCache ? domains.map(({ occupancy }) => ({ llc_occupancy: occupancy })) : undefined,
  };
}

/** What runc reads and does not print, where there is any: use of RDMA devices and of resources of the misc controller. */
function additions({ rdma, misc }: CgroupStats): object {
  const devices = (list: typeof rdma.current) =>
    list.map(({ device, handles, objects }) => ({ device, hca_handles: handles, hca_objects: objects }));
  return {
    rdma:
      rdma.current.length === 0 ? undefined : { current: devices(rdma.current), limit: devices(rdma.limit) },
    misc: Object.keys(misc).length === 0 ? undefined : misc,
  };
}
