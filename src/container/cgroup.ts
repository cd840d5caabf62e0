import { TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { log } from "../base/log.ts";
import { isRoot } from "../base/own-process.ts";
import { type HostCgroups, readHostCgroups } from "../cgroups/host.ts";
import type { CgroupManager, CgroupMode } from "../cgroups/manager.ts";
import { selectManager } from "../cgroups/select.ts";
import { inUserNamespace, isUnprivileged } from "../namespaces/user-namespace.ts";
import type { Config, Resources } from "../oci/types.ts";
import { cgroupOwner } from "./cgroup-owner.ts";
import type { RuntimeOptions } from "./options.ts";
import type { ContainerRecord } from "./record.ts";

const session = lazy(() => {
  return require("../cgroups/systemd/session.ts") as typeof import("../cgroups/systemd/session.ts");
});

/**
 * Whether cgroups that may not be made are done without, and with the systemd driver the user's own systemd makes them: what
 * `--rootless` says, else runc's rule.
 */
export function isRootless({ systemdCgroup, rootless }: RuntimeOptions): boolean {
  if (rootless !== "auto") return rootless;
  if (!systemdCgroup) return isUnprivileged();
  return !isRoot() || (inUserNamespace() && session().hasUsersSystemd());
}

/** runc's warning to those who may lack the rights for a command that acts on cgroups. */
export function warnOfMissingRights(command: string, options: RuntimeOptions): void {
  if (!isRootless(options)) return;
  log.warn(`tsrun ${command} may fail if you don't have the full access to cgroups`);
}

/** The manager of the cgroup that a configuration asks for. @throws TsrunError for what this host's cgroups cannot do */
export function newManager(
  options: RuntimeOptions,
  id: string,
  config: Config,
  host: HostCgroups = readHostCgroups(),
): CgroupManager {
  const { systemdCgroup: systemd } = options;
  const { linux, annotations } = config;
  checkUnified(host.mode, linux?.resources);
  const rootless = isRootless(options);
  const owner = cgroupOwner(config);
  return selectManager({ id, cgroupsPath: linux?.cgroupsPath, systemd, rootless, owner, annotations }, host);
}

/** Files of cgroup v2 can be named where that is what limits. @throws TsrunError in runc's words */
export function checkUnified(mode: CgroupMode, resources: Resources | undefined): void {
  if (mode === "v2" || Object.keys(resources?.unified ?? {}).length === 0) return;
  throw new TsrunError("invalid configuration: cannot use unified on cgroup v1", {
    pointer: "/linux/resources/unified",
    hint: "this host has no cgroup v2 alone: ask for the limits by the other properties of linux.resources",
  });
}

/** Nothing then holds the container's processes together (runc's warning). */
export function warnOfNoCgroup({ ownPidNamespace }: ContainerRecord, { paths, mode }: CgroupManager): void {
  if (ownPidNamespace || mode === "none" || Object.keys(paths).length > 0) return;
  log.warn(
    "creating a rootless container with no cgroup and no pid namespace of its own: " +
      "kill and delete will reach its first process alone",
  );
}

/** Whether a container may have one process alone, which 0 comes to. What `unified` says is written last. */
function mayHaveOne({ pids, unified }: Resources): boolean {
  const most = unified?.["pids.max"]?.trim() ?? pids?.limit;
  return most !== undefined && ["0", "1"].includes(String(most));
}

/**
 * The limits that hold until there is an init: room for two processes, where there is to be only one, as init may be
 * forked by one that is in its cgroup, too (init/launch.ts).
 */
export function limitsBeforeInit(resources: Resources = {}): Resources {
  if (!mayHaveOne(resources)) return resources;
  const { unified } = resources;
  const limits = { ...resources, pids: { limit: 2 } };
  return unified?.["pids.max"] === undefined
    ? limits
    : { ...limits, unified: { ...unified, "pids.max": "2" } };
}

/** Those that replace them then, if any: a limit may be below what there is (cgroup-v2.rst, pids.max). */
export function limitsWithInit(resources: Resources = {}): Resources | undefined {
  if (!mayHaveOne(resources)) return undefined;
  const { pids, unified } = resources;
  const file = unified?.["pids.max"];
  return {
    ...(pids === undefined ? {} : { pids }),
    ...(file === undefined ? {} : { unified: { "pids.max": file } }),
  };
}
