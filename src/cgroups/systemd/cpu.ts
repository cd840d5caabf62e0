import type { CpuResources, Resources } from "../../oci/types.ts";
import { sharesToWeight } from "../v2/cpu.ts";
import { INFINITY, type SystemdHost } from "./host.ts";
import { number64, type UnitProperty } from "./property.ts";

/** systemd takes CPUQuotaPeriodUSec from this version on, and a CPUWeight of 0 for idle groups (systemd's NEWS). */
const [PERIOD_SINCE, IDLE_SINCE] = [242, 252];
/** The kernel's (cgroup-v2.rst, cpu.max), in µs. */
const DEFAULT_PERIOD = 100_000n;
const SECOND = 1_000_000n;
/** systemd keeps quotas as whole percents of a second, in µs. */
const PERCENT = 10_000n;

/** linux.resources.cpu, but for cpus and mems, as properties of a unit. What systemd has none for is written as files. */
export function toProperties({ cpu = {} }: Resources, host: SystemdHost): UnitProperty[] {
  return [...weight(cpu, host), ...quotaProperties(cpu.quota ?? 0, cpu.period ?? 0, host)];
}

function weight({ shares = 0, idle }: CpuResources, host: SystemdHost): UnitProperty[] {
  if (host.cgroups === 1) return shares === 0 ? [] : [number64("CPUShares", shares)];
  if (isIdle(String(idle), host)) return [number64("CPUWeight", 0)];
  if (shares !== 0) return [number64("CPUWeight", sharesToWeight(Number(shares)))];
  return idle === undefined ? [] : notIdle(host);
}

/** A unit that was idle stays so for systemd, whatever its file says, until it has another weight: here the kernel's. */
export function notIdle({ version }: SystemdHost): UnitProperty[] {
  return version < IDLE_SINCE ? [] : [number64("CPUWeight", INFINITY)];
}

/** Whether a weight of 0 says what the value of cpu.idle says. */
export function isIdle(value: string | undefined, { version }: SystemdHost): boolean {
  return value?.trim() === "1" && version >= IDLE_SINCE;
}

/** @param quota, period in µs; 0 where not given, a negative quota for none */
export function quotaProperties(
  quota: number | bigint,
  period: number | bigint,
  { version }: SystemdHost,
): UnitProperty[] {
  if (quota === 0 && period === 0) return [];
  return [
    ...(period === 0 || version < PERIOD_SINCE ? [] : [number64("CPUQuotaPeriodUSec", period)]),
    number64("CPUQuotaPerSecUSec", quota > 0 ? quotaPerSecond(quota, period) : INFINITY),
  ];
}

/** Rounded up to what systemd can say, so that cgroups below can have the quota that was asked for (as with runc). */
function quotaPerSecond(quota: number | bigint, period: number | bigint): bigint {
  const exact = (BigInt(quota) * SECOND) / (BigInt(period) || DEFAULT_PERIOD);
  return ((exact + PERCENT - 1n) / PERCENT) * PERCENT;
}

/**
 * The resources with the quota that systemd makes of theirs: its file must not say less, or the next time that systemd
 * writes it the quota would change without anybody asking (as runc does since 1.4).
 */
export function withRoundedQuota(resources: Resources): Resources {
  const { quota = 0, period = 0 } = resources.cpu ?? {};
  if (quota <= 0) return resources;
  const rounded = (quotaPerSecond(quota, period) * (BigInt(period) || DEFAULT_PERIOD)) / SECOND;
  return { ...resources, cpu: { ...resources.cpu, quota: Number(rounded) } };
}
