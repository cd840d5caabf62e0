import type {
  BlockIoResources,
  CpuResources,
  DeviceRate,
  DeviceWeight,
  MemoryResources,
  NetworkResources,
  Resources,
} from "../oci/types.ts";

const NO_LIMIT = -1;

/** What an update makes of a container's limits. */
export interface MergedResources {
  /** All that hold then: what the next update starts from. */
  readonly merged: Resources;
  /** Those to be written: what is asked for, and what the kernel knows only together with it. */
  readonly written: Resources;
}

/**
 * Merges an update into a container's limits, with runc's meaning of what is left out: it stays, as does a limit or
 * share that is 0 and a list of CPUs or memory nodes that is empty. Devices are not updated.
 */
export function mergeResources(saved: Resources, request: Resources): MergedResources {
  const memory = mergeMemory(saved.memory, request.memory);
  const cpu = mergeCpu(saved.cpu, request.cpu);
  const { devices: _devices, ...asked } = request;
  const merged = {
    ...saved,
    ...asked,
    ...(memory === undefined ? {} : { memory: memory.merged }),
    ...(cpu === undefined ? {} : { cpu: cpu.merged }),
    ...(request.blockIO === undefined ? {} : { blockIO: mergeBlockIo(saved.blockIO, request.blockIO) }),
    ...mergeLists(saved, request),
  };
  const written = {
    ...asked,
    ...(memory === undefined ? {} : { memory: memory.written }),
    ...(cpu === undefined ? {} : { cpu: cpu.written }),
  };
  return { merged, written };
}

interface Merged<T> {
  readonly merged: T;
  readonly written: T;
}

/** The limit and that of memory and swap together depend on each other, on both versions of cgroups. */
function mergeMemory(
  saved: MemoryResources = {},
  request: MemoryResources | undefined,
): Merged<MemoryResources> | undefined {
  if (request === undefined) return undefined;
  const { kernel: _kernel, kernelTCP: _tcp, ...rest } = request;
  const given = withoutZeros(rest, ["limit", "reservation", "swap"]);
  const isFreed = given.limit === NO_LIMIT && given.swap === undefined;
  // No limit of memory means none of swap, unless one is asked for.
  const { swap: _swap, ...others } = saved;
  const merged = { ...(isFreed ? others : saved), ...given };
  const both = given.limit !== undefined || given.swap !== undefined;
  const written = { ...(both ? pick(merged, ["limit", "swap"]) : {}), ...given };
  return { merged, written: { ...pick(merged, ["checkBeforeUpdate"]), ...written } };
}

/**
 * A quota is one of its period. An idle group takes no shares, and one that no longer is has lost what it had
 * (sched_group_set_idle() of kernel/sched/fair.c, Linux 5.15).
 */
function mergeCpu(
  saved: CpuResources = {},
  request: CpuResources | undefined,
): Merged<CpuResources> | undefined {
  if (request === undefined) return undefined;
  const numbers = ["shares", "quota", "period", "realtimeRuntime", "realtimePeriod"] as const;
  const { cpus = "", mems = "", ...rest } = withoutZeros(request, numbers);
  const given = { ...rest, ...(cpus === "" ? {} : { cpus }), ...(mems === "" ? {} : { mems }) };
  const merged = { ...saved, ...given };
  const isTimed = given.quota !== undefined || given.period !== undefined;
  const written = {
    ...(isTimed ? pick(merged, ["quota", "period"]) : {}),
    ...(given.idle === 0 ? pick(merged, ["shares"]) : {}),
    ...given,
  };
  return { merged, written };
}

function mergeBlockIo(saved: BlockIoResources = {}, request: BlockIoResources): BlockIoResources {
  const rates = [
    "throttleReadBpsDevice",
    "throttleWriteBpsDevice",
    "throttleReadIOPSDevice",
    "throttleWriteIOPSDevice",
  ] as const;
  const merged = rates.flatMap((name) => {
    const asked = request[name];
    return asked === undefined ? [] : [[name, upsert(saved[name], asked, deviceOf)] as const];
  });
  const { weightDevice } = request;
  return {
    ...saved,
    ...request,
    ...(weightDevice === undefined
      ? {}
      : { weightDevice: upsert(saved.weightDevice, weightDevice, deviceOf) }),
    ...Object.fromEntries(merged),
  };
}

/** What is told apart by a name keeps what the update does not name. */
function mergeLists(saved: Resources, { hugepageLimits, network, rdma, unified }: Resources): Resources {
  return {
    ...(hugepageLimits === undefined
      ? {}
      : { hugepageLimits: upsert(saved.hugepageLimits, hugepageLimits, ({ pageSize }) => pageSize) }),
    ...(network === undefined ? {} : { network: mergeNetwork(saved.network, network) }),
    ...(rdma === undefined ? {} : { rdma: { ...saved.rdma, ...rdma } }),
    ...(unified === undefined ? {} : { unified: { ...saved.unified, ...unified } }),
  };
}

function mergeNetwork(saved: NetworkResources = {}, request: NetworkResources): NetworkResources {
  const { priorities } = request;
  if (priorities === undefined) return { ...saved, ...request };
  return { ...saved, ...request, priorities: upsert(saved.priorities, priorities, ({ name }) => name) };
}

function deviceOf({ major, minor }: DeviceRate | DeviceWeight): string {
  return `${major}:${minor}`;
}

/** The old entries, those that are named changed in place, and the new ones. */
function upsert<T extends object>(
  old: readonly T[] = [],
  asked: readonly T[],
  nameOf: (entry: T) => string,
): T[] {
  const entries = new Map<string, T>();
  for (const entry of [...old, ...asked]) {
    entries.set(nameOf(entry), { ...entries.get(nameOf(entry)), ...entry });
  }
  return [...entries.values()];
}

function withoutZeros<T extends object, K extends keyof T>(values: T, names: readonly K[]): T {
  const kept = { ...values };
  for (const name of names) {
    if (kept[name] === 0) delete kept[name];
  }
  return kept;
}

function pick<T extends object, K extends keyof T>(values: T, names: readonly K[]): Partial<Pick<T, K>> {
  const picked: Partial<Pick<T, K>> = {};
  for (const name of names) {
    if (values[name] !== undefined) picked[name] = values[name];
  }
  return picked;
}
