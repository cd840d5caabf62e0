import type { Executor } from "./executor.ts";
import type { Fd } from "./fd.ts";
import type { MountApi, MountAttributes, NewFileSystem } from "./mount-api.ts";
import { newMounts } from "./new-mounts.ts";

/** Executors that mount by something else than the new calls. */
const others = new WeakMap<Executor, MountApi>();

function apiOf(k: Executor): MountApi {
  return others.get(k) ?? newMounts;
}

/** From here on the executor mounts in this way. */
export function useMountApi(k: Executor, api: MountApi): void {
  others.set(k, api);
}

/** A bind mount of what a descriptor refers to, that is at no place yet. */
export function cloneTree(k: Executor, from: number, recursive: boolean): Fd {
  return apiOf(k).cloneTree(k, from, "", recursive);
}

/** The same of a path from `directory` on. @param nofollow AT_SYMLINK_NOFOLLOW, or 0 */
export function cloneTreeAt(
  k: Executor,
  directory: number,
  path: string,
  recursive: boolean,
  nofollow = 0,
): Fd {
  return apiOf(k).cloneTree(k, directory, path, recursive, nofollow);
}

/** A new file system whose mount is at no place yet. @throws FileSystemError */
export function newFileSystem(k: Executor, wanted: NewFileSystem): Fd {
  return apiOf(k).newFileSystem(k, wanted);
}

/** Changes the mount that `mount` refers to, and those below it when `recursive`. */
export function mountSetattr(k: Executor, mount: number, change: MountAttributes, recursive: boolean): void {
  apiOf(k).mountSetattr(k, mount, change, recursive);
}

/** Puts a mount that is at no place yet onto the file or directory `target`, both by descriptor. */
export function moveMount(k: Executor, mount: number, target: number): void {
  apiOf(k).moveMount(k, mount, target);
}
