import { TsrunError } from "../base/errors.ts";
import { directoryOf, resolvePath } from "../base/path.ts";
import type { Hierarchy } from "./host.ts";

/**
 * Directory of a container's cgroup in a v1 hierarchy: an absolute cgroupsPath is below the hierarchy's root as seen here,
 * a relative one (or, without any, the container's id) below the caller's own cgroup (runtime-spec config-linux.md,
 * "Cgroups Path"; so does runc).
 */
export function v1Directory(hierarchy: Hierarchy, cgroupsPath: string | undefined, id: string): string {
  return below(isAbsolute(cgroupsPath) ? hierarchy.mountPoint : hierarchy.own, cgroupsPath || id);
}

/**
 * Directory in the v2 tree of a v2 host. A relative path is below the parent of the caller's own cgroup, as with runc: the
 * caller's has processes in it and so can't give controllers to its children (cgroups(7), "no internal processes").
 */
export function v2Directory(hierarchy: Hierarchy, cgroupsPath: string | undefined, id: string): string {
  const { mountPoint, own } = hierarchy;
  const base = isAbsolute(cgroupsPath) || own === mountPoint ? mountPoint : directoryOf(own);
  return below(base, cgroupsPath || id);
}

function isAbsolute(path: string | undefined): boolean {
  return path?.startsWith("/") === true;
}

/** `..` ends at `base`, as it does at the root of a file system. */
function below(base: string, path: string): string {
  return resolvePath(base, `.${resolvePath("/", path)}`);
}

/**
 * Directory of a cgroup below a container's own, for a process that is executed there (`exec --cgroup`). By its names, not by
 * its beginning: a neighbour's may begin alike. @throws TsrunError in runc's words
 */
export function subDirectory(own: string, sub: string): string {
  const path = resolvePath(own, `./${sub}`);
  if (path === own || path.startsWith(`${own}/`)) return path;
  throw new TsrunError(`bad sub cgroup path: ${sub}`, {
    hint: "it must be below the container's own cgroup",
  });
}
