import { lazy } from "../../base/lazy.ts";
import { describeValue } from "../schema-faults.ts";
import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

/** Few containers have any of these properties. */
const scheduling = lazy(() => require("./scheduling.ts") as typeof import("./scheduling.ts"));
const memoryPolicy = lazy(() => require("./memory-policy.ts") as typeof import("./memory-policy.ts"));

/** Which CPUs, which share of them, of the disks and of the memory a process gets: what the kernel would refuse late. */
export function checkAttributes({ process, linux }: Config, report: Report): void {
  const { scheduler, ioPriority, execCPUAffinity } = process ?? {};
  if (scheduler !== undefined) scheduling().checkScheduler(scheduler, report);
  if (ioPriority !== undefined) scheduling().checkIoPriority(ioPriority, report);
  if (execCPUAffinity !== undefined) scheduling().checkAffinity(execCPUAffinity, report);
  if (linux?.memoryPolicy !== undefined) memoryPolicy().checkMemoryPolicy(linux.memoryPolicy, report);
  if (linux?.personality !== undefined) checkPersonality(linux.personality, report);
}

/** As runc: the domain is wanted, flags (the specification defines none) are a warning. */
function checkPersonality(
  { domain, flags = [] }: NonNullable<NonNullable<Config["linux"]>["personality"]>,
  report: Report,
): void {
  if (domain === undefined) report.fault("/linux/personality/domain", "required, but missing");
  if (flags.length > 0) {
    report.warn(
      "/linux/personality/flags",
      `ignoring ${describeValue(flags.join(", "))}: no personality flags are defined`,
    );
  }
}
