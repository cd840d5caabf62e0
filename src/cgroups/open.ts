import { lazy } from "../base/lazy.ts";
import type { ManagerOptions, SavedCgroup } from "./manager.ts";
import type { V1Manager } from "./v1/manager.ts";
import type { V2Manager } from "./v2/manager.ts";

/** A host has one of the two. */
const v1 = lazy(() => require("./v1/manager.ts") as typeof import("./v1/manager.ts"));
const v2 = lazy(() => require("./v2/manager.ts") as typeof import("./v2/manager.ts"));

/** The manager of a cgroup's files, for the hierarchies that the host has. */
export function openFiles({ mode, paths }: SavedCgroup, options: ManagerOptions): V1Manager | V2Manager {
  return mode === "v2" ? new (v2().V2Manager)(paths, options) : new (v1().V1Manager)(mode, paths, options);
}
