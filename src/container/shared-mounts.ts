import { log } from "../base/log.ts";
import { unescapePath } from "../base/mountinfo.ts";
import { O_CLOEXEC, O_NOFOLLOW, O_PATH } from "../sys/files.ts";
import { attemptOn, closeFile, readText } from "../sys/host-files.ts";
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
  for (const mount of mountsBelow(path)
    .filter(({ id }) => !kept.has(id))
    .reverse())
    detachMount(mount);
}

/**
 * By descriptor, once it is sure what is there: whoever writes to a volume in which it lies may have put a link on its way,
 * and the path would then lead to a mount of the host's.
 */
function detachMount({ id, point }: Mount): void {
  const fd = attemptOn(point, "openat", O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || mountIdOf(fd) !== id) {
    log.warn(`a mount of the container stays: ${point} does not lead to it any more`);
  } else detach(local, `/proc/self/fd/${fd}`);
  if (fd >= 0) closeFile(fd);
}

/** The mount that a descriptor is on (proc_pid_fdinfo(5), mnt_id). */
function mountIdOf(fd: number): number {
  return Number(/^mnt_id:\s*(\d+)$/m.exec(readText(`/proc/self/fdinfo/${fd}`))?.[1]);
}
