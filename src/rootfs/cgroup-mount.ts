import { cloneTree, mountSetattr, moveMount, newFileSystem } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { AT_FDCWD, O_DIRECTORY, O_NOFOLLOW, O_PATH, openat, symlinkat } from "../sys/files.ts";
import { MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID, MOUNT_ATTR_RDONLY } from "../sys/mount.ts";
import { makeDirectoryInRoot } from "./in-root.ts";
import type { MountOptions } from "./mount-options.ts";

/** One cgroup v1 hierarchy as the container sees it. */
export interface CgroupHierarchy {
  /** Name below /sys/fs/cgroup, e.g. `cpu,cpuacct` or `systemd`. */
  readonly name: string;
  /** Mount options that name the hierarchy: `cpu,cpuacct`, `name=systemd`. */
  readonly controllers: readonly string[];
  /** The container's own directory in it, on the host. */
  readonly source: string;
}

/** What a mount of type `cgroup` shows: v1 hierarchies, or the unified one. */
export type CgroupMount =
  | { readonly version: 1; readonly hierarchies: readonly CgroupHierarchy[]; readonly ownNamespace: boolean }
  | { readonly version: 2; readonly source: string; readonly ownNamespace: boolean };

const safe = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

/** Mounts the container's cgroups at `destination`: as the mount type `cgroup` means it (runtime-spec, runc). */
export function mountCgroups(
  k: Executor,
  root: number,
  destination: string,
  cgroup: CgroupMount,
  options: MountOptions,
): void {
  using target = makeDirectoryInRoot(k, root, destination);
  const readOnly = options.attributes.set & MOUNT_ATTR_RDONLY;
  if (cgroup.version === 2) {
    using tree = cgroup.ownNamespace
      ? newMount(k, "cgroup2", [], "cgroup2")
      : cloneTree(k, AT_FDCWD, cgroup.source, true);
    mountSetattr(k, tree.number, options.attributes, false);
    moveMount(k, tree.number, target.number);
    return;
  }
  // A tmpfs that holds a directory per hierarchy; it becomes read-only once they are in it.
  using top = newMount(k, "tmpfs", ["mode=755"], "tmpfs");
  mountSetattr(k, top.number, { set: safe, clear: 0 }, false);
  moveMount(k, top.number, target.number);
  makePlaces(k, top, cgroup.hierarchies);
  for (const hierarchy of cgroup.hierarchies) {
    mountHierarchy(k, top, hierarchy, cgroup.ownNamespace, safe | readOnly);
  }
  if (readOnly !== 0) mountSetattr(k, top.number, { set: readOnly, clear: 0 }, false);
}

/** A directory for each hierarchy, and the links `cpu -> cpu,cpuacct`. The tmpfs is ours alone: nothing is in the way. */
function makePlaces(k: Executor, top: Fd, hierarchies: readonly CgroupHierarchy[]): void {
  for (const { name, controllers } of hierarchies) {
    k.queue({
      name: "mkdirat",
      args: [top.number, k.memory.string(name), 0o755],
      subject: JSON.stringify(name),
    });
    if (controllers.length < 2) continue;
    for (const controller of controllers) symlinkat(k, name, top.number, controller, true);
  }
}

function mountHierarchy(
  k: Executor,
  top: Fd,
  { name, controllers, source }: CgroupHierarchy,
  ownNamespace: boolean,
  set: number,
): void {
  using place = openat(k, top.number, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  using tree = ownNamespace
    ? newMount(k, "cgroup", controllers, "cgroup")
    : cloneTree(k, AT_FDCWD, source, true);
  mountSetattr(k, tree.number, { set, clear: 0 }, false);
  moveMount(k, tree.number, place.number);
}

function newMount(k: Executor, type: string, options: readonly string[], source: string): Fd {
  return newFileSystem(k, { type, source, options, attributes: 0 });
}
