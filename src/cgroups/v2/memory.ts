import { TsrunError } from "../../base/errors.ts";
import type { MemoryResources, Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

const NO_LIMIT = -1;

/** linux.resources.memory as files of the v2 memory controller. What v2 lacks is in without-effect.ts. */
export function toFiles({ memory = {} }: Resources): CgroupWrite[] {
  const swap = swapAlone(memory);
  return [
    // Before memory.max, which may make the kernel swap.
    ...limit("memory.swap.max", "swap", swap, swap === 0),
    ...limit("memory.max", "limit", memory.limit === 0 ? undefined : memory.limit),
    ...limit("memory.low", "reservation", memory.reservation === 0 ? undefined : memory.reservation),
  ];
}

/** v1 counts memory and swap together, v2 swap alone; undefined where nothing is asked for, -1 for no limit. */
export function swapAlone({ limit: memory = 0, swap = 0 }: MemoryResources): number | bigint | undefined {
  if (swap === 0) return memory === NO_LIMIT ? NO_LIMIT : undefined;
  if (swap === NO_LIMIT) return NO_LIMIT;
  if (memory > 0) return BigInt(swap) - BigInt(memory);
  throw new TsrunError("swap counts memory, too: it can't be limited without a limit of memory", {
    pointer: "/linux/resources/memory/swap",
  });
}

function limit(
  file: string,
  property: string,
  value: number | bigint | undefined,
  ifPresent = false,
): CgroupWrite[] {
  if (value === undefined) return [];
  const text = value === NO_LIMIT ? "max" : String(value);
  return [
    { controller: "memory", file, value: text, pointer: `/linux/resources/memory/${property}`, ifPresent },
  ];
}
