import { TsrunError } from "../../base/errors.ts";
import type { MemoryResources, Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

const NO_LIMIT = -1;

/**
 * linux.resources.memory as files of the v2 memory controller. What v2 lacks is in without-effect.ts. A kernel that does not
 * count swap has none to forbid or allow either.
 */
export function toFiles({ memory = {} }: Resources): CgroupWrite[] {
  const swap = swapAlone(memory);
  return [
    // Before memory.max, which may make the kernel swap.
    ...limit("memory.swap.max", "swap", swap, swap === NO_LIMIT || BigInt(swap ?? 1) === 0n),
    ...limit("memory.max", "limit", memory.limit === 0 ? undefined : memory.limit),
    ...limit("memory.low", "reservation", memory.reservation === 0 ? undefined : memory.reservation),
  ];
}

/**
 * v1 counts memory and swap together, v2 swap alone; undefined where nothing is asked for, -1 for no limit. Beside memory
 * without a limit, swap is taken as it is, as runc does.
 */
export function swapAlone({ limit: memory = 0, swap = 0 }: MemoryResources): number | bigint | undefined {
  if (swap === 0) return memory === NO_LIMIT ? NO_LIMIT : undefined;
  if (swap === NO_LIMIT || memory === NO_LIMIT) return swap;
  if (memory === 0) throw unfit("unable to set swap limit without memory limit");
  if (swap < memory) throw unfit("memory+swap limit should be >= memory limit");
  return BigInt(swap) - BigInt(memory);
}

/** In runc's words. */
function unfit(text: string): TsrunError {
  return new TsrunError(text, {
    pointer: "/linux/resources/memory/swap",
    hint: "swap counts memory, too; cgroup v2 limits swap alone, by the difference of both",
  });
}

/**
 * Refuses limits that would have the kernel kill processes at once, where `checkBeforeUpdate` says so: v1's kernel refuses
 * them by itself, v2's does not (runtime-spec config-linux.md, "Memory"). The words are runc's.
 * @param usage memory.current
 */
export function checkUsage({ limit: memory = 0, swap = 0 }: MemoryResources, usage: bigint): void {
  const refuse = (what: string, property: string, value: number | bigint) => {
    if (value <= 0 || BigInt(value) > usage) return;
    throw new TsrunError(`rejecting ${what} limit ${value} <= usage ${usage}`, {
      pointer: `/linux/resources/memory/${property}`,
      hint: "checkBeforeUpdate asks for this check: without it the kernel reclaims, and kills what it can't",
    });
  };
  refuse("memory+swap", "swap", swap);
  refuse("memory", "limit", memory);
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
