import { hasNamespace, hasNewNamespace } from "../oci/checks/namespaces.ts";
import type { Config, Mount } from "../oci/types.ts";

const PLACE = "/sys/fs/cgroup";

/**
 * The host's id of the user who is to manage cgroups in the container's own: that of its process, where it gets a cgroup
 * namespace and its cgroups mounted for writing (runtime-spec config-linux.md, "Cgroup ownership"; runc's rule). None for a
 * user who has no id outside.
 */
export function cgroupOwner(config: Config): number | undefined {
  if (!hasNewNamespace(config, "cgroup") || !(config.mounts ?? []).some(isWritable)) return undefined;
  const user = config.process?.user?.uid ?? 0;
  if (!hasNamespace(config, "user")) return user;
  for (const { containerID, hostID, size } of config.linux?.uidMappings ?? []) {
    if (user >= containerID && user < containerID + size) return hostID + user - containerID;
  }
  return undefined;
}

function isWritable({ type, destination, options = [] }: Mount): boolean {
  const last = options.findLast((option) => option === "ro" || option === "rw");
  return type === "cgroup" && destination.replace(/\/+$/, "") === PLACE && last !== "ro";
}
