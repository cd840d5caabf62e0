import type { CpuResources, Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

/** Range of v1's shares; v2's weight is 1 to 10000. */
const [MIN_SHARES, MAX_SHARES, MAX_WEIGHT] = [2, 262144, 10000];

/** linux.resources.cpu as files of the v2 cpu controller, but for cpus and mems; real-time limits don't exist there. */
export function toFiles({ cpu = {} }: Resources): CgroupWrite[] {
  const limit = quotaAndPeriod(cpu);
  return [
    ...(cpu.idle === undefined ? [] : [write("idle", "idle", cpu.idle)]),
    ...(hasWeight(cpu) ? [write("weight", "shares", sharesToWeight(Number(cpu.shares)))] : []),
    // The burst must not be above the quota: it waits for a higher one, and goes before a lower one.
    ...(cpu.burst === undefined ? [] : [{ ...write("max.burst", "burst", cpu.burst), later: "EINVAL" }]),
    ...(limit === undefined ? [] : [write("max", cpu.quota ? "quota" : "period", limit)]),
  ];
}

/** An idle group has none, and the kernel takes none for it (cgroup-v2.rst, cpu.idle). */
function hasWeight({ shares = 0, idle }: CpuResources): boolean {
  return Number(shares) !== 0 && idle !== 1;
}

function write(file: string, property: string, value: number | bigint | string): CgroupWrite {
  const pointer = `/linux/resources/cpu/${property}`;
  return { controller: "cpu", file: `cpu.${file}`, value: String(value), pointer };
}

/** `cpu.max` is "QUOTA PERIOD"; the period stays when it isn't given. */
function quotaAndPeriod({ quota = 0, period = 0 }: CpuResources): string | undefined {
  if (quota === 0 && period === 0) return undefined;
  const most = quota > 0 ? String(quota) : "max";
  return period === 0 ? most : `${most} ${period}`;
}

/**
 * The weight that stands to the default of 100 as shares stand to 1024, by the curve that runc and crun use: quadratic in
 * the logarithm, through (2, 1), (1024, 100) and (262144, 10000).
 */
export function sharesToWeight(shares: number): number {
  if (shares <= MIN_SHARES) return 1;
  if (shares >= MAX_SHARES) return MAX_WEIGHT;
  const log = Math.log2(shares);
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34));
}
