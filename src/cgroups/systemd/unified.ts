import { TsrunError } from "../../base/errors.ts";
import { pointerToken } from "../../oci/fault.ts";
import type { Resources } from "../../oci/types.ts";
import { isIdle, notIdle, quotaProperties } from "./cpu.ts";
import { cpusetProperty } from "./cpuset.ts";
import type { SystemdHost } from "./host.ts";
import { number64, text, type UnitProperty } from "./property.ts";

/** A file's value as properties. */
type Translation = (value: string, host: SystemdHost, pointer: string) => UnitProperty[];

/** The first systemd whose scopes have an OOMPolicy (its NEWS). */
const OOM_POLICY_SINCE = 253;

const translations: ReadonlyMap<string, Translation> = new Map(
  Object.entries<Translation>({
    "cpu.idle": (value, host) => (isIdle(value, host) ? [number64("CPUWeight", 0)] : notIdle(host)),
    "cpu.max": cpuMax,
    "cpu.weight": (value, _, pointer) => [number64("CPUWeight", integer(value, pointer))],
    "cpuset.cpus": (value, host, pointer) => cpusetProperty("cpus", value, host, pointer),
    "cpuset.mems": (value, host, pointer) => cpusetProperty("mems", value, host, pointer),
    // A line for one device is left to the file.
    "io.weight": (value) => {
      const [, weight] = /^(?:default\s+)?(\d+)$/.exec(value) ?? [];
      return weight === undefined ? [] : [number64("IOWeight", BigInt(weight))];
    },
    "memory.high": limit("MemoryHigh"),
    "memory.low": limit("MemoryLow"),
    "memory.max": limit("MemoryMax"),
    "memory.min": limit("MemoryMin"),
    "memory.swap.max": limit("MemorySwapMax"),
    "pids.max": limit("TasksMax"),
  }),
);

/**
 * linux.resources.unified as properties of a unit, as far as systemd has some for its files; all of them are written as
 * files, too. They come last: they are meant to win.
 * @throws TsrunError for a value that a property can't have
 */
export function toProperties({ unified = {}, cpu }: Resources, host: SystemdHost): UnitProperty[] {
  const idle = isIdle(unified["cpu.idle"], host);
  const weighed = Boolean(cpu?.shares) || unified["cpu.weight"] !== undefined;
  return Object.entries(unified).flatMap(([file, value]) => {
    // An idle group's weight is 0, another's what it is said to be: of two the last one would win.
    if (idle ? file === "cpu.weight" : file === "cpu.idle" && weighed) return [];
    return translations.get(file)?.(value.trim(), host, pointerTo(file)) ?? [];
  });
}

/**
 * What a unit must be told before it starts: systemd itself writes memory.oom.group, by what its OOMPolicy says, and stops
 * a unit out of memory unless told otherwise (systemd.service(5)).
 */
export function startProperties({ unified = {} }: Resources, { version }: SystemdHost): UnitProperty[] {
  const group = unified["memory.oom.group"]?.trim();
  const policy = group === "0" ? "continue" : group === "1" ? "kill" : undefined;
  return policy === undefined || version < OOM_POLICY_SINCE ? [] : [text("OOMPolicy", policy)];
}

function pointerTo(file: string): string {
  return `/linux/resources/unified/${pointerToken(file)}`;
}

function limit(name: string): Translation {
  return (value, _, pointer) => [number64(name, value === "max" ? -1 : integer(value, pointer))];
}

/** `QUOTA [PERIOD]` (cgroup-v2.rst); the period is then the kernel's. */
function cpuMax(value: string, host: SystemdHost, pointer: string): UnitProperty[] {
  const [quota = "", period = "100000", ...more] = value.split(/\s+/);
  if (quota === "" || more.length > 0) throw unreadable(value, pointer);
  return quotaProperties(quota === "max" ? -1 : integer(quota, pointer), integer(period, pointer), host);
}

function integer(value: string, pointer: string): bigint {
  if (!/^\d{1,20}$/.test(value)) throw unreadable(value, pointer);
  return BigInt(value);
}

function unreadable(value: string, pointer: string): TsrunError {
  const file = pointer.slice(pointer.lastIndexOf("/") + 1);
  return new TsrunError(
    `unified resource "${file}" has a value that systemd can't be told: ${JSON.stringify(value)}`,
    {
      pointer,
    },
  );
}
