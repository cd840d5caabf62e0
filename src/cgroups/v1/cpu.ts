import { TsrunError } from "../../base/errors.ts";
import type { CpuResources, Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

/** MIN_SHARES and MAX_SHARES of kernel/sched/sched.h: the kernel would take the nearest without a word. */
const MIN_SHARES = 2;
const MAX_SHARES = 262144;
const IDLE = 1;

/**
 * linux.resources.cpu as files of the v1 cpu controller, but for cpus and mems. Quota, period and burst bound each other, and
 * the parent's quota bounds their ratio: of a new pair the first may be refused beside the old second (EINVAL), and goes
 * after it then. So it is with the real-time pair.
 */
export function toFiles({ cpu = {} }: Resources): CgroupWrite[] {
  return [
    ...shares(cpu),
    ...before(isSet(cpu.quota), [
      ...value("cpu.cfs_period_us", "period", cpu.period),
      // Linux 5.14; more lenient than none, so that an older kernel keeps the limit (so does runc).
      ...(cpu.burst === undefined
        ? []
        : [{ ...write("cpu.cfs_burst_us", "burst", cpu.burst), ifPresent: true }]),
    ]),
    ...value("cpu.cfs_quota_us", "quota", cpu.quota),
    ...before(isSet(cpu.realtimeRuntime), value("cpu.rt_period_us", "realtimePeriod", cpu.realtimePeriod)),
    ...value("cpu.rt_runtime_us", "realtimeRuntime", cpu.realtimeRuntime),
    // Linux 5.15
    ...(cpu.idle === undefined
      ? []
      : [{ ...write("cpu.idle", "idle", cpu.idle), ifPresent: cpu.idle === 0 }]),
  ];
}

/** An idle group has a weight of its own and is refused another (EINVAL) until it isn't idle any more. */
function shares({ shares = 0, idle }: CpuResources): CgroupWrite[] {
  checkShares(shares);
  return idle === IDLE ? [] : before(idle !== undefined, value("cpu.shares", "shares", shares));
}

/** @param other whether what may have to come before them is in the same list */
function before(other: boolean, writes: CgroupWrite[]): CgroupWrite[] {
  return other ? writes.map((write) => ({ ...write, later: "EINVAL" })) : writes;
}

/** 0 stands for "not set" in what engines send. */
function isSet(value: number | bigint | undefined): value is number | bigint {
  return value !== undefined && value !== 0;
}

function value(file: string, property: string, value: number | bigint | undefined): CgroupWrite[] {
  return isSet(value) ? [write(file, property, value)] : [];
}

function write(file: string, property: string, value: number | bigint): CgroupWrite {
  return { controller: "cpu", file, value: String(value), pointer: `/linux/resources/cpu/${property}` };
}

function checkShares(shares: number | bigint): void {
  if (shares === 0 || (shares >= MIN_SHARES && shares <= MAX_SHARES)) return;
  const text = `cpu shares must be from ${MIN_SHARES} to ${MAX_SHARES}, found ${shares}`;
  throw new TsrunError(text, { pointer: "/linux/resources/cpu/shares" });
}
