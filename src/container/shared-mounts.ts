import { log } from "../base/log.ts";
import { unescapePath } from "../base/mountinfo.ts";
import { O_CLOEXEC, O_NOFOLLOW, O_PATH } from "../sys/files.ts";
import { attemptOn, closeFile } from "../sys/host-files.ts";
import { readProc } from "../sys/host-proc.ts";
import { local } from "../sys/local.ts";
import { detachFrom } from "../sys/mount-onto.ts";

/** A mount of this process's mount namespace, as /proc/self/mountinfo lists them (proc_pid_mountinfo(5)). */
interface Mount {
  readonly id: number;
  readonly point: string;
}

/** All mounts, in the order in which they were made. */
function allMounts(): Mount[] {
  return readProc("self/mountinfo")
    .split("\n")
    .map((line) => {
      const [id = "", , , , point = ""] = line.split(" ");
      return { id: Number(id), point: unescapePath(point) };
    });
}

/** Where the mounts are that `detachMountsBelow` would detach. */
export function mountPointsSince(path: string, before: readonly number[]): string[] {
  return mountsSince(path, before).map(({ point }) => point);
}

function mountsSince(path: string, before: readonly number[]): Mount[] {
  const kept = new Set(before);
  return mountsBelow(path).filter(({ id }) => !kept.has(id));
}

function mountsBelow(path: string): Mount[] {
  return allMounts().filter(({ point }) => point === path || point.startsWith(`${path}/`));
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
  for (const mount of mountsSince(path, before).reverse()) detachMount(mount);
}

/**
 * By descriptor, once it is sure what is there: whoever writes to a volume in which it lies may have put a link on its way,
 * and the path would then lead to a mount of the host's.
 */
function detachMount(mount: Mount): void {
  const { id, point } = mount;
  const fd = attemptOn(point, "openat", O_PATH | O_NOFOLLOW | O_CLOEXEC);
  try {
    if (fd >= 0 && mountIdOf(fd) === id) detachFrom(local, fd);
    else if (isThere(mount)) {
      log.warn(`a mount of the container stays: ${point} does not lead to it any more`);
    }
  } catch (error) {
    // Another who deletes the container may have been faster.
    if (isThere(mount)) throw error;
  } finally {
    if (fd >= 0) closeFile(fd);
  }
}

function isThere(mount: Mount): boolean {
  return allMounts().some(({ id }) => id === mount.id);
}

/** The mount that a descriptor is on (proc_pid_fdinfo(5), mnt_id). */
function mountIdOf(fd: number): number {
  return Number(/^mnt_id:\s*(\d+)$/m.exec(readProc(`self/fdinfo/${fd}`))?.[1]);
}
