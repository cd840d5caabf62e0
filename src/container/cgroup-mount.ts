import { lastName } from "../base/path.ts";
import type { HostCgroups } from "../cgroups/host.ts";
import type { CgroupManager } from "../cgroups/manager.ts";
import type { CgroupMount } from "../rootfs/cgroup-view.ts";

/** What a mount of type `cgroup` in config.json shows of the container's cgroups. */
export function cgroupMountOf(host: HostCgroups, manager: CgroupManager, ownNamespace: boolean): CgroupMount {
  if (manager.mode === "v2") {
    const mountPoint = host.v2?.mountPoint ?? "/sys/fs/cgroup";
    return { version: 2, own: manager.paths[""] ?? "", mountPoint, ownNamespace };
  }
  const hierarchies = host.v1.map(({ controllers, mountPoint, own }) => ({
    name: lastName(mountPoint),
    controllers,
    source: manager.paths[controllers[0] ?? ""] ?? own,
  }));
  return { version: 1, hierarchies, ownNamespace };
}
