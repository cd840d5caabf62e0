import type { ManagerOptions, SavedCgroup } from "./manager.ts";
import { V1Manager } from "./v1/manager.ts";
import { V2Manager } from "./v2/manager.ts";

/** The manager of a cgroup's files, for the hierarchies that the host has. */
export function openFiles({ mode, paths }: SavedCgroup, options: ManagerOptions): V1Manager | V2Manager {
  return mode === "v2" ? new V2Manager(paths, options) : new V1Manager(mode, paths, options);
}
