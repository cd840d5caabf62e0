import { writeFileSync } from "node:fs";
import { TsrunError } from "../../../src/base/errors.ts";
import { toFiles as cpuset } from "../../../src/cgroups/common/cpuset.ts";
import { toFiles as hugetlb } from "../../../src/cgroups/common/hugetlb.ts";
import { toFiles as pids } from "../../../src/cgroups/common/pids.ts";
import { toFiles as rdma } from "../../../src/cgroups/common/rdma.ts";
import { effectiveRules } from "../../../src/cgroups/device-rules.ts";
import { parseHostCgroups } from "../../../src/cgroups/host.ts";
import { selectManager } from "../../../src/cgroups/select.ts";
import { toFiles as cpu1 } from "../../../src/cgroups/v1/cpu.ts";
import { toFiles as devices1 } from "../../../src/cgroups/v1/devices.ts";
import { toFiles as io1 } from "../../../src/cgroups/v1/io.ts";
import { toFiles as memory1 } from "../../../src/cgroups/v1/memory.ts";
import { toFiles as network } from "../../../src/cgroups/v1/network.ts";
import { toFiles as cpu2 } from "../../../src/cgroups/v2/cpu.ts";
import { deviceProgram } from "../../../src/cgroups/v2/device-program.ts";
import { toFiles as io2 } from "../../../src/cgroups/v2/io.ts";
import { toFiles as memory2 } from "../../../src/cgroups/v2/memory.ts";
import { prepareConfig } from "../../../src/container/prepare-config.ts";
import { mapText } from "../../../src/namespaces/id-maps.ts";
import { planNetDevices } from "../../../src/namespaces/net-devices.ts";
import { planNamespaces } from "../../../src/namespaces/plan.ts";
import { timeOffsetsText } from "../../../src/namespaces/time-offsets.ts";
import { DocumentError } from "../../../src/oci/fault.ts";
import { parseConfig } from "../../../src/oci/load.ts";
import type { Config } from "../../../src/oci/types.ts";
import { groupName, planResctrl } from "../../../src/resctrl/plan.ts";
import { parseMountOptions, propagationOf } from "../../../src/rootfs/mount-options.ts";
import { processEnvironment } from "../../../src/security/environment.ts";
import { ioPriorityValue } from "../../../src/security/io-priority.ts";
import { memoryPolicyMode } from "../../../src/security/memory-policy.ts";
import { schedulerAttributes } from "../../../src/security/scheduler.ts";
import { faultOfError } from "./fault.ts";

const mappings = [
  cpuset,
  pids,
  rdma,
  io1,
  cpu1,
  devices1,
  hugetlb("limit_in_bytes"),
  memory1,
  network,
  cpu2,
  hugetlb("max"),
  io2,
  memory2,
];

/** Hosts of both versions of cgroups. */
const hosts = [
  parseHostCgroups("30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "0::/user.slice\n"),
  parseHostCgroups("30 1 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "3:memory:/\n"),
];

/** What is decided of a configuration that the checks let pass, on any machine, before anything is made. */
function plan(config: Config): void {
  const { process, mounts = [], linux = {} } = config;
  planNamespaces(linux.namespaces ?? []);
  for (const { options = [] } of mounts) parseMountOptions(options);
  propagationOf(linux.rootfsPropagation ?? "");
  timeOffsetsText(linux.timeOffsets ?? {});
  mapText(linux.uidMappings ?? []);
  planNetDevices(linux.netDevices ?? {});
  processEnvironment(process?.env ?? [], () => "/");
  planAttributes(config);
  for (const host of hosts) {
    selectManager({ id: "fuzz", cgroupsPath: linux.cgroupsPath, systemd: false, rootless: false }, host);
  }
  const resources = linux.resources ?? {};
  for (const toFiles of mappings) toFiles(resources);
  deviceProgram(effectiveRules(resources));
  planRdt(config);
}

function planAttributes({ process, linux }: Config): void {
  if (process?.scheduler !== undefined) schedulerAttributes(process.scheduler);
  if (process?.ioPriority !== undefined) ioPriorityValue(process.ioPriority);
  if (linux?.memoryPolicy !== undefined) memoryPolicyMode(linux.memoryPolicy);
}

function planRdt({ linux }: Config): void {
  const rdt = linux?.intelRdt;
  if (rdt === undefined) return;
  const able = {
    root: "/r",
    controlsCache: true,
    controlsBandwidth: true,
    monitors: true,
    isMonitored: false,
  };
  planResctrl(rdt, "fuzz", { ...able, schemata: undefined });
  planResctrl(rdt, "fuzz", { ...able, schemata: "L3:0=f\nMB:0=20\n" });
  groupName(rdt, "fuzz");
}

/** Whether an error, or one below it, says where in config.json its reason is. */
function hasPointer(error: unknown): boolean {
  if (error instanceof DocumentError) return error.faults.every(({ pointer }) => /^(\/|$)/.test(pointer));
  if (error instanceof TsrunError && error.pointer !== undefined) return true;
  return error instanceof Error && error.cause !== undefined && hasPointer(error.cause);
}

/** Where a text is not JSON there is no place in a document, only one in the text. */
const isSyntaxError = ({ message }: Error): boolean =>
  /^invalid config\.json: (line \d+, column \d+: |nested too deep$|not JSON$)/.test(message);

/** What is wrong with how an action ends, if anything. */
function faultOf(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    const fault = faultOfError(error);
    if (fault !== undefined || !(error instanceof TsrunError)) return fault;
    return hasPointer(error) || isSyntaxError(error) ? undefined : `names no place: ${error.message}`;
  }
}

/** Takes a text for the config.json of a bundle; @returns what is wrong with how tsrun takes it, if anything. */
export function judge(bundle: string, text: string): string | undefined {
  writeFileSync(`${bundle}/config.json`, text);
  const asRoot = faultOf(() => plan(prepareConfig(bundle, `${bundle}/state`).config));
  return asRoot ?? faultOf(() => parseConfig(text, "config.json", { rootless: true }));
}
