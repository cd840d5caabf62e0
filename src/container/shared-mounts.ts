import { unescapePath } from "../base/mountinfo.ts";
import { readText } from "../sys/host-files.ts";
import { local } from "../sys/local.ts";
import { detach } from "../sys/mount.ts";

/** A mount of this process's mount namespace, as /proc/self/mountinfo lists them (proc_pid_mountinfo(5)). */
interface Mount {
  readonly id: number;
  readonly point: string;
}

/** The mounts at a path and below it, in the order in which they were made. */
function mountsBelow(path: string): Mount[] {
  const mounts = readText("/proc/self/mountinfo")
    .split("\n")
    .map((line) => {
      const [id = "", , , , point = ""] = line.split(" ");
      return { id: Number(id), point: unescapePath(point) };
    });
  return mounts.filter(({ point }) => point === path || point.startsWith(`${path}/`));
}

/** Ids of the mounts at a path and below it: what a container without a mount namespace finds there. */
export function mountIdsBelow(path: string): number[] {
  return mountsBelow(path).map(({ id }) => id);
}

/**
 * Detaches the mounts at a path and below it, but those that were there before, the last first. What a mount hides
 * appears when it goes, so the ids say which are whose.
 */
export function detachMountsBelow(path: string, before: readonly number[]): void {
  const kept = new Set(before);
  for (const { point } of mountsBelow(path)
    .filter(({ id }) => !kept.has(id))
    .reverse())
    detach(local, point);
}
