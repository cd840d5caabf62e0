import { lazy } from "../base/lazy.ts";
import type { ContainerRecord } from "./record.ts";

/** Few containers share their runtime's mounts. */
const sharedMounts = lazy(() => require("./shared-mounts.ts") as typeof import("./shared-mounts.ts"));

/** Takes the mounts of a container away that made them where its runtime is; all others' are gone with it. */
export function removeSharedMounts({ rootfs, mountsBefore }: ContainerRecord): void {
  if (mountsBefore !== undefined) sharedMounts().detachMountsBelow(rootfs, mountsBefore);
}
