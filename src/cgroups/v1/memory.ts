import type { MemoryResources, Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

const NO_LIMIT = -1;

/**
 * linux.resources.memory as files of the v1 memory controller, for a new cgroup: the limit comes first, as memory and swap
 * together may not be limited to less than memory alone. `kernel` is not written: without effect since Linux 5.16.
 */
export function toFiles({ memory = {} }: Resources): CgroupWrite[] {
  return [
    ...limit("memory.limit_in_bytes", "limit", memory.limit),
    ...memoryAndSwap(memory),
    ...limit("memory.soft_limit_in_bytes", "reservation", memory.reservation),
    ...limit("memory.kmem.tcp.limit_in_bytes", "kernelTCP", memory.kernelTCP),
    ...(memory.disableOOMKiller === true ? [write("memory.oom_control", "disableOOMKiller", 1)] : []),
    ...(memory.swappiness === undefined ? [] : [write("memory.swappiness", "swappiness", memory.swappiness)]),
  ];
}

/** Memory without a limit means swap without one, where the kernel counts swap at all (CONFIG_SWAP, swapaccount=). */
function memoryAndSwap({ limit: memory, swap = 0 }: MemoryResources): CgroupWrite[] {
  const file = "memory.memsw.limit_in_bytes";
  if (memory === NO_LIMIT && swap === 0) return [{ ...write(file, "limit", NO_LIMIT), ifPresent: true }];
  return limit(file, "swap", swap);
}

/** 0 stands for "not set" in what engines send. */
function limit(file: string, property: string, value: number | bigint | undefined): CgroupWrite[] {
  return value === undefined || value === 0 ? [] : [write(file, property, value)];
}

function write(file: string, property: string, value: number | bigint): CgroupWrite {
  return { controller: "memory", file, value: String(value), pointer: `/linux/resources/memory/${property}` };
}
