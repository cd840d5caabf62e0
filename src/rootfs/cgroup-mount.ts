import { mountSetattr, moveMount, newFileSystem } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { O_DIRECTORY, O_PATH } from "../sys/files.ts";
import { cloneHostTree } from "../sys/host-paths.ts";
import { MOUNT_ATTR_NODEV, MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID, MOUNT_ATTR_RDONLY } from "../sys/mount.ts";
import { mkdirIn, openIn, symlinkIn } from "../sys/names.ts";
import { FileSystemError } from "../sys/new-mounts.ts";
import { failedCall, isErrno } from "../sys/syscall-error.ts";
import { setBindAttributes } from "./bind-attributes.ts";
import type { CgroupHierarchy, CgroupMount } from "./cgroup-view.ts";
import { labelOption, type MountContext } from "./mount-context.ts";
import type { MountEntry } from "./mount-error.ts";
import type { Attributes, MountOptions } from "./mount-options.ts";
import { attach, makeTarget, propagate, protectProc, type Target } from "./mount-target.ts";

type V1 = CgroupMount & { readonly version: 1 };
type V2 = CgroupMount & { readonly version: 2 };

const safe = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;

/** Mounts the container's cgroups: as the mount type `cgroup` means it (runtime-spec, runc). */
export function mountCgroups(
  k: Executor,
  context: MountContext,
  entry: MountEntry,
  cgroup: CgroupMount,
  options: MountOptions,
): void {
  const target = makeTarget(k, context, entry, { isDirectory: true });
  using _ = target.fd;
  protectProc(target.place, entry.destination, () => false);
  if (cgroup.version === 2) {
    using tree = unified(k, context, entry, cgroup, options);
    attach(k, context, tree, target, options);
  } else mountHierarchies(k, context, target, cgroup, options);
}

/**
 * The unified hierarchy from the root of the cgroup namespace on. Without one of its own the container sees the host's,
 * and finds itself in it by /proc/self/cgroup: that is bound, as a new mount would set the options of the host's, too
 * (nsdelegate, memory_recursiveprot; kernel/cgroup/cgroup.c, apply_cgroup_root_flags).
 */
function unified(k: Executor, context: MountContext, entry: MountEntry, cgroup: V2, asked: MountOptions): Fd {
  const { attributes, superblock, data } = asked;
  const options = [...superblock, ...data];
  if (!cgroup.ownNamespace && options.length === 0) return bound(k, cgroup.mountPoint, attributes);
  try {
    const source = entry.source ?? "cgroup";
    const tree = newFileSystem(k, { type: "cgroup2", source, options, attributes: attributes.set });
    // Whether all of it may be seen is asked when it is mounted, which is queued.
    if (context.namespaces.has("user")) k.flush();
    return tree;
  } catch (error) {
    const cause = error instanceof FileSystemError ? error.cause : failedCall(error);
    if (!isErrno(cause, "EPERM", "EBUSY")) throw error;
  }
  return bound(k, cgroup.ownNamespace && cgroup.own !== "" ? cgroup.own : cgroup.mountPoint, attributes);
}

/** Where the container's cgroups are out of reach nothing is shown, and nothing can be written (CVE-2023-25809). */
function bound(k: Executor, source: string, attributes: Attributes): Fd {
  try {
    const tree = cloneHostTree(k, source, false);
    setBindAttributes(k, tree, attributes);
    k.flush();
    return tree;
  } catch (error) {
    if (!isErrno(failedCall(error), "ENOENT")) throw error;
  }
  const options = ["nr_blocks=1", "nr_inodes=1", "ro"];
  const set = safe | MOUNT_ATTR_RDONLY;
  return newFileSystem(k, { type: "tmpfs", source: "tmpfs", options, attributes: set });
}

/** A tmpfs that holds a directory per hierarchy; it becomes read-only once they are in it. */
function mountHierarchies(
  k: Executor,
  context: MountContext,
  target: Target,
  { hierarchies, ownNamespace }: V1,
  options: MountOptions,
): void {
  const readOnly = options.attributes.set & MOUNT_ATTR_RDONLY;
  const own = ["mode=755", ...labelOption(context)];
  using top = newFileSystem(k, { type: "tmpfs", source: "tmpfs", options: own, attributes: safe });
  moveMount(k, top.number, target.fd.number);
  makePlaces(k, top, hierarchies);
  for (const hierarchy of hierarchies) {
    using place = openIn(k, top.number, hierarchy.name, O_PATH | O_DIRECTORY);
    using tree = hierarchyTree(k, hierarchy, ownNamespace, safe | readOnly);
    moveMount(k, tree.number, place.number);
    propagate(k, tree, options);
  }
  if (readOnly !== 0) mountSetattr(k, top.number, { set: readOnly, clear: 0 }, false);
  propagate(k, top, options);
}

/** A directory for each hierarchy, and the links `cpu -> cpu,cpuacct`. The tmpfs is ours alone: nothing is in the way. */
function makePlaces(k: Executor, top: Fd, hierarchies: readonly CgroupHierarchy[]): void {
  for (const { name, controllers } of hierarchies) {
    mkdirIn(k, top.number, name, 0o755);
    if (controllers.length < 2) continue;
    for (const controller of controllers) symlinkIn(k, top.number, controller, name, true);
  }
}

/** A hierarchy from the root of the container's cgroup namespace on, or its own directory of it. */
function hierarchyTree(
  k: Executor,
  { controllers, source }: CgroupHierarchy,
  ownNamespace: boolean,
  attributes: number,
): Fd {
  if (ownNamespace)
    return newFileSystem(k, { type: "cgroup", source: "cgroup", options: controllers, attributes });
  const tree = cloneHostTree(k, source, true);
  mountSetattr(k, tree.number, { set: attributes, clear: 0 }, false);
  return tree;
}
