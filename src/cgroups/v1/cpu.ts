import { TsrunError } from "../../base/errors.ts";
import type { Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

/** MIN_SHARES and MAX_SHARES of kernel/sched/sched.h: the kernel would take the nearest without a word. */
const MIN_SHARES = 2;
const MAX_SHARES = 262144;

/**
 * linux.resources.cpu as files of the v1 cpu controller, but for cpus and mems. The period comes before its quota, the
 * quota before what may be saved of it, and idle last: an idle group takes no shares.
 */
export function toFiles({ cpu = {} }: Resources): CgroupWrite[] {
  checkShares(cpu.shares);
  return [
    ...write("cpu.shares", "shares", cpu.shares),
    ...write("cpu.cfs_period_us", "period", cpu.period),
    ...write("cpu.cfs_quota_us", "quota", cpu.quota),
    ...write("cpu.cfs_burst_us", "burst", cpu.burst),
    ...write("cpu.rt_period_us", "realtimePeriod", cpu.realtimePeriod),
    ...write("cpu.rt_runtime_us", "realtimeRuntime", cpu.realtimeRuntime),
    ...(cpu.idle === undefined ? [] : [cpuWrite("cpu.idle", "idle", cpu.idle)]),
  ];
}

/** 0 stands for "not set" in what engines send. */
function write(file: string, property: string, value: number | bigint | undefined): CgroupWrite[] {
  return value === undefined || value === 0 ? [] : [cpuWrite(file, property, value)];
}

function cpuWrite(file: string, property: string, value: number | bigint): CgroupWrite {
  return { controller: "cpu", file, value: String(value), pointer: `/linux/resources/cpu/${property}` };
}

function checkShares(shares: number | bigint = 0): void {
  if (shares === 0 || (shares >= MIN_SHARES && shares <= MAX_SHARES)) return;
  const text = `cpu shares must be from ${MIN_SHARES} to ${MAX_SHARES}, found ${shares}`;
  throw new TsrunError(text, { pointer: "/linux/resources/cpu/shares" });
}
