import type { Resources } from "../../oci/types.ts";
import { toProperties as cpuProperties } from "./cpu.ts";
import { toProperties as cpusetProperties } from "./cpuset.ts";
import type { SystemdHost } from "./host.ts";
import { toProperties as ioProperties } from "./io.ts";
import { toProperties as memoryProperties } from "./memory.ts";
import { toProperties as pidsProperties } from "./pids.ts";
import type { UnitProperty } from "./property.ts";
import { toProperties as unifiedProperties } from "./unified.ts";

const mappings = [
  memoryProperties,
  cpuProperties,
  ioProperties,
  pidsProperties,
  cpusetProperties,
  // Last, as the last property of a name wins.
  unifiedProperties,
] as const;

/**
 * linux.resources, but for devices, as properties of a unit: what systemd is to know, lest it sets something else later. The
 * files are written, too: they hold what there are no properties for, and say so when the kernel refuses.
 * @throws TsrunError for values that are none
 */
export function resourceProperties(resources: Resources, host: SystemdHost): UnitProperty[] {
  return mappings.flatMap((toProperties) => toProperties(resources, host));
}
