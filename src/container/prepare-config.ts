import { TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { isRoot } from "../base/own-process.ts";
import { resolvePath } from "../base/path.ts";
import { hasNamespace } from "../oci/checks/namespaces.ts";
import { parseConfig } from "../oci/load.ts";
import type { Config, Process } from "../oci/types.ts";
import { checkMounts } from "../rootfs/mount-check.ts";
import type { FilterPlan } from "../seccomp/filter.ts";
import type { Attributes } from "../security/attributes.ts";
import type { CapabilityPlan } from "../security/capabilities.ts";
import { readText } from "../sys/host-files.ts";
import { loadNative } from "../sys/koffi.ts";
import { realDirectory } from "../sys/real-path.ts";
import { planGroups } from "./groups.ts";
import { attributesOf, capabilitiesOf, checkLabels, filterOf } from "./process-plans.ts";

const hostNetwork = lazy(
  () => require("../namespaces/host-network.ts") as typeof import("../namespaces/host-network.ts"),
);

/** A configuration that has been checked, with what it needs of the host. */
export interface Prepared {
  readonly config: Config;
  readonly process: Process;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** Absolute path of the root file system, free of symbolic links. */
  readonly rootfs: string;
  readonly capabilities: CapabilityPlan;
  /** Scheduling, I/O priority, memory policy and domain of the process, where any of them is asked for. */
  readonly attributes: Attributes | undefined;
  /** What decides about the process's system calls, where the configuration has a profile. */
  readonly filter: FilterPlan | undefined;
  /** Whether setgroups(2) is allowed in its user namespace; undefined where that is joined and will show it. */
  readonly groups: boolean | undefined;
}

/**
 * Reads and checks a bundle's configuration and finds its root file system. Nothing is made but what spares the next
 * container some work.
 * @param directory of the containers: --root
 * @throws TsrunError
 */
export function prepareConfig(bundle: string, directory: string): Prepared {
  loadNative();
  const config = parseConfig(configText(bundle), "config.json", { rootless: !isRoot() });
  const { process, root } = config;
  if (process === undefined)
    throw new TsrunError("config.json has no process to run", { pointer: "/process" });
  if (config.linux?.sysctl !== undefined) hostNetwork().refuseHostNetwork(config);
  checkLabels(config);
  const path = resolvePath(bundle, root?.path ?? "rootfs");
  const capabilities = capabilitiesOf(config, process);
  const filter = filterOf(config, directory);
  const rootfs = findRoot(path);
  refuseHostRoot(config, rootfs);
  checkMounts(config.mounts ?? []);
  const groups = planGroups(config, process);
  const wanted = attributesOf(config, process);
  return { config, process, bundle, rootfs, capabilities, attributes: wanted, filter, groups };
}

function configText(bundle: string): string {
  try {
    return readText(`${bundle}/config.json`);
  } catch (cause) {
    throw new TsrunError("cannot read the bundle's config.json", { cause });
  }
}

/** The host's root would be bound over itself, for all that is on the host, and nothing could take that back. */
function refuseHostRoot(config: Config, rootfs: string): void {
  if (rootfs !== "/" || hasNamespace(config, "mount")) return;
  throw new TsrunError("the root file system / is the host's own", {
    pointer: "/root/path",
    hint: "a container without a mount namespace would mount over it: give it one in /linux/namespaces, or another root",
  });
}

function findRoot(path: string): string {
  try {
    return realDirectory(path);
  } catch (cause) {
    throw new TsrunError(`the root file system ${path} cannot be used`, { cause, pointer: "/root/path" });
  }
}
