import type { MountContext } from "../../src/rootfs/mount-context.ts";
import type { Fd } from "../../src/sys/fd.ts";

/** What mounting is told of a container with all namespaces of its own, no cgroups and no labels. */
export function contextOf(root: Fd, bundle: string, more: Partial<MountContext> = {}): MountContext {
  const namespaces = new Set(["mount", "network", "ipc"] as const);
  return {
    root,
    bundle,
    cgroup: undefined,
    namespaces,
    label: "",
    readOnlyLater: [],
    views: new Map(),
    ...more,
  };
}
