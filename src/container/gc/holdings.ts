import { exists } from "../../sys/host-files.ts";
import { isOfThisBoot } from "../boot.ts";
import type { ContainerRecord } from "../record.ts";
import { mountPointsSince } from "../shared-mounts.ts";
import type { Leftover } from "./leftover.ts";

/** What is still there of all that goes with a container (delete.ts). */
export function holdingsOf(record: ContainerRecord): Omit<Leftover, "reason">[] {
  if (!isOfThisBoot(record)) return [];
  const { cgroup, resctrl = [], rootfs, mountsBefore, id: container } = record;
  const cgroups = [...new Set(Object.values(cgroup.paths))].filter(exists);
  const mounts = mountsBefore === undefined ? [] : mountPointsSince(rootfs, mountsBefore);
  return [
    ...(cgroup.systemd === undefined
      ? []
      : [{ kind: "systemd unit" as const, path: cgroup.systemd.unit, container }]),
    ...cgroups.map((path) => ({ kind: "cgroup" as const, path, container })),
    ...resctrl.filter(exists).map((path) => ({ kind: "resctrl group" as const, path, container })),
    ...mounts.map((path) => ({ kind: "mount" as const, path, container })),
  ];
}
