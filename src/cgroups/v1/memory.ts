import { TsrunError } from "../../base/errors.ts";
import type { MemoryResources, Resources } from "../../oci/types.ts";
import { failedCall } from "../../sys/syscall-error.ts";
import { type CgroupWrite, get } from "../write.ts";

const NO_LIMIT = -1;
const LIMIT = "memory.limit_in_bytes";
const WITH_SWAP = "memory.memsw.limit_in_bytes";

/**
 * linux.resources.memory as files of the v1 memory controller. `kernel` is not written: without effect since Linux 5.16.
 * Memory and swap together may never be limited to less than memory alone (EINVAL): when both grow, the limit of memory is
 * refused and follows the other.
 */
export function toFiles({ memory = {} }: Resources): CgroupWrite[] {
  const { useHierarchy, disableOOMKiller, swappiness } = memory;
  const swap = memoryAndSwap(memory);
  const own = limit(LIMIT, "limit", memory.limit);
  return [
    // The first, as it can't be once there are cgroups below; always so since Linux 5.11.
    ...(useHierarchy === true
      ? [{ ...write("memory.use_hierarchy", "useHierarchy", 1), ifPresent: true }]
      : []),
    ...(swap.length === 0 ? own : own.map((one) => ({ ...one, later: "EINVAL" }))),
    ...swap,
    ...limit("memory.soft_limit_in_bytes", "reservation", memory.reservation),
    ...limit("memory.kmem.tcp.limit_in_bytes", "kernelTCP", memory.kernelTCP),
    ...(disableOOMKiller === true ? [write("memory.oom_control", "disableOOMKiller", 1)] : []),
    ...(swappiness === undefined ? [] : [write("memory.swappiness", "swappiness", swappiness)]),
  ];
}

/** Memory without a limit means swap without one, where the kernel counts swap at all (CONFIG_SWAP, swapaccount=). */
function memoryAndSwap({ limit: memory, swap = 0 }: MemoryResources): CgroupWrite[] {
  if (memory === NO_LIMIT && swap === 0) return [{ ...write(WITH_SWAP, "limit", NO_LIMIT), ifPresent: true }];
  return limit(WITH_SWAP, "swap", swap).map((one) => ({ ...one, ifPresent: swap === NO_LIMIT }));
}

/** 0 stands for "not set" in what engines send. */
function limit(file: string, property: string, value: number | bigint | undefined): CgroupWrite[] {
  return value === undefined || value === 0 ? [] : [write(file, property, value)];
}

function write(file: string, property: string, value: number | bigint): CgroupWrite {
  return { controller: "memory", file, value: String(value), pointer: `/linux/resources/memory/${property}` };
}

/**
 * Says, in runc's words, how much is in use where the kernel can't get it below a new limit (EBUSY).
 * @returns `error` itself where it is about something else
 */
export function explainRefusal(
  directory: string | undefined,
  { file, value, pointer }: CgroupWrite,
  error: unknown,
): unknown {
  const isLimit = file === LIMIT || file === WITH_SWAP;
  if (!isLimit || directory === undefined || failedCall(error)?.code !== "EBUSY") return error;
  const what = file === LIMIT ? "memory" : "memory and swap";
  const [usage, peak] = ["usage", "max_usage"].map((name) =>
    get(`${directory}/${file.replace("limit", name)}`),
  );
  return new TsrunError(
    `unable to set ${what} limit to ${value} (current usage: ${usage}, peak usage: ${peak})`,
    {
      cause: error,
      pointer,
    },
  );
}
