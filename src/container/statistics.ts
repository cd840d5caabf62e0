import { managerFrom } from "../cgroups/select.ts";
import type { CgroupStats } from "../cgroups/stats.ts";
import { groupName } from "../resctrl/plan.ts";
import { type ResctrlStats, readResctrlStats } from "../resctrl/stats.ts";
import { findResctrl, groupDirectory, monitoringDirectory } from "../resctrl/tree.ts";
import { readText } from "../sys/host-files.ts";
import type { ContainerDirectory } from "./directory.ts";
import type { ContainerRecord } from "./record.ts";
import { savedConfig } from "./saved-config.ts";

/** What is counted of a container. */
export interface ContainerStats {
  readonly cgroup: CgroupStats;
  /** Where its configuration asks for Intel RDT. */
  readonly resctrl: ResctrlStats | undefined;
}

/** Reads what is counted of a container now. @throws TsrunError that names a file with unexpected text */
export function statsOf(directory: ContainerDirectory, record: ContainerRecord): ContainerStats {
  return { cgroup: managerFrom(record.cgroup).stats(), resctrl: resctrlStatsOf(directory, record) };
}

/** The configuration is looked into only where there is resctrl at all. */
function resctrlStatsOf(directory: ContainerDirectory, { id }: ContainerRecord): ResctrlStats | undefined {
  const root = findResctrl(readText("/proc/self/mountinfo"));
  const rdt = root === undefined ? undefined : savedConfig(directory).linux?.intelRdt;
  if (root === undefined || rdt === undefined) return undefined;
  const group = groupDirectory(root, groupName(rdt, id));
  const monitoring = rdt.enableMonitoring === true ? monitoringDirectory(group, id) : undefined;
  return readResctrlStats({ root, group, monitoring });
}
