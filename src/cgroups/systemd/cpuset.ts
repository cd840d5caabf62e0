import { TsrunError } from "../../base/errors.ts";
import { bitMask, LAST_CPU, LAST_NODE, parseCpuList } from "../../oci/cpu-list.ts";
import type { Resources } from "../../oci/types.ts";
import type { SystemdHost } from "./host.ts";
import type { UnitProperty } from "./property.ts";

/** The first systemd with AllowedCPUs and AllowedMemoryNodes (systemd.resource-control(5)). */
const SINCE = 244;
const properties = {
  cpus: { name: "AllowedCPUs", last: LAST_CPU },
  mems: { name: "AllowedMemoryNodes", last: LAST_NODE },
} as const;

/** linux.resources.cpu.cpus and mems as properties of a unit. */
export function toProperties({ cpu = {} }: Resources, host: SystemdHost): UnitProperty[] {
  return (["cpus", "mems"] as const).flatMap((which) => {
    return cpu[which] ? cpusetProperty(which, cpu[which], host, `/linux/resources/cpu/${which}`) : [];
  });
}

/**
 * A list such as `0-3,7` as a mask, the lowest bit of the first byte for number 0; none where systemd is too old.
 * @throws TsrunError for what is no such list
 */
export function cpusetProperty(
  which: keyof typeof properties,
  list: string,
  { version }: SystemdHost,
  pointer: string,
): UnitProperty[] {
  const { name, last } = properties[which];
  const ranges = parseCpuList(list, last);
  const fault = typeof ranges === "string" ? ranges : ranges.length === 0 ? "must not be empty" : undefined;
  if (typeof ranges === "string" || fault !== undefined) {
    throw new TsrunError(`cpuset.${which} ${fault}`, { pointer });
  }
  return version < SINCE ? [] : [{ name, value: { type: "ay", value: withoutZeros(bitMask(ranges)) } }];
}

/** As systemd and runc write masks. */
function withoutZeros(mask: Uint8Array): Uint8Array {
  return mask.subarray(0, mask.findLastIndex((byte) => byte !== 0) + 1);
}
