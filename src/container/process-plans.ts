import { lazy } from "../base/lazy.ts";
import type { Config, Process } from "../oci/types.ts";
import type { FilterPlan } from "../seccomp/filter.ts";
import { planSeccomp } from "../seccomp/plan.ts";
import type { Attributes } from "../security/attributes.ts";
import {
  allCapabilities,
  type CapabilityPlan,
  lastCapability,
  planCapabilities,
} from "../security/capabilities.ts";
import { capget } from "../sys/capset.ts";
import { local } from "../sys/local.ts";
import { isBounding } from "../sys/prctl.ts";

// What is decided of a process alike, whether it is a container's first or one that is executed in it.

const attributes = lazy(
  () => require("../security/attributes.ts") as typeof import("../security/attributes.ts"),
);

const modules = lazy(() => require("../security/modules.ts") as typeof import("../security/modules.ts"));

/** Where compiled seccomp filters are kept, below the directory of containers; no container can have this name (id.ts). */
export function keptFilters(root: string): string {
  return `${root}/.seccomp-filters`;
}

/** What decides about the system calls of a container's processes. @param directory of the containers: --root */
export function filterOf({ linux }: Config, directory: string): FilterPlan | undefined {
  return planSeccomp(linux?.seccomp, keptFilters(directory));
}

/** What most containers have none of costs them nothing. */
export function attributesOf({ linux }: Config, { scheduler, ioPriority }: Process): Attributes | undefined {
  const wanted = {
    scheduler,
    ioPriority,
    personality: linux?.personality,
    memoryPolicy: linux?.memoryPolicy,
  };
  if (Object.values(wanted).every((attribute) => attribute === undefined)) return undefined;
  attributes().checkKernel(wanted);
  return wanted;
}

/** Refuses labels and profiles that no security module takes. @throws TsrunError */
export function checkLabels(config: Config): void {
  if (isLabelled(config)) modules().checkSecurityModules(config);
}

function isLabelled({ process, linux }: Config): boolean {
  const labels = [process?.apparmorProfile, process?.selinuxLabel, linux?.mountLabel];
  return labels.some((label) => (label ?? "") !== "");
}

/** In a user namespace a process of ours has every capability to give. */
export function capabilitiesOf({ linux }: Config, { capabilities }: Process): CapabilityPlan {
  const last = lastCapability();
  const user = (linux?.namespaces ?? []).some(({ type }) => type === "user");
  if (user) return planCapabilities(capabilities, { last, available: allCapabilities(last) });
  const { permitted: available, inheritable } = capget(local);
  const bounded = (capability: number): boolean => isBounding(local, capability);
  return planCapabilities(capabilities, { last, available, inheritable, isBounding: bounded });
}
