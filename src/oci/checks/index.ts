import type { Config } from "../types.ts";
import { checkDevices } from "./devices.ts";
import { checkHooks } from "./hooks.ts";
import { checkIdMappedMounts } from "./id-mapped-mounts.ts";
import { checkIdMappings, checkMappedIds } from "./id-mappings.ts";
import { checkIntelRdt } from "./intel-rdt.ts";
import { checkMounts } from "./mounts.ts";
import { checkNamespaceTypes, checkNeededNamespaces, checkTimeOffsets } from "./namespaces.ts";
import { checkNetDevices } from "./net-devices.ts";
import { processChecks } from "./of-process.ts";
import { type Check, type CheckContext, Report } from "./report.ts";
import { checkDeviceRules, checkMemory, checkUnified } from "./resources.ts";
import { checkRoot } from "./root.ts";
import { checkRootless } from "./rootless.ts";
import { checkSeccomp } from "./seccomp.ts";
import { checkSysctl } from "./sysctl.ts";

/**
 * All that a schema cannot say about config.json, in the order in which faults are listed. What depends on the machine
 * (does the path exist, does the kernel know the namespace) is not here: whoever uses the property finds out.
 */
export const checks: readonly Check[] = [
  checkRoot,
  ...processChecks,
  checkNamespaceTypes,
  checkNeededNamespaces,
  checkTimeOffsets,
  checkIdMappings,
  checkMappedIds,
  checkMounts,
  checkIdMappedMounts,
  checkNetDevices,
  checkIntelRdt,
  checkSysctl,
  checkSeccomp,
  checkHooks,
  checkDevices,
  checkDeviceRules,
  checkMemory,
  checkUnified,
  checkRootless,
];

/** Runs every check on a document that its schema takes. */
export function checkConfig(config: Config, context: CheckContext): Report {
  const report = new Report();
  for (const check of checks) {
    check(config, report, context);
  }
  return report;
}
