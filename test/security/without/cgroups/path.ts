import * as original from "../../../../src/cgroups/path.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/cgroups/path.ts";

export const v1Directory: typeof original.v1Directory = (hierarchy, path, id) => {
  if (!isOut("cgroup-paths")) return original.v1Directory(hierarchy, path, id);
  return `${path?.startsWith("/") === true ? hierarchy.mountPoint : hierarchy.own}/${path || id}`;
};

export const v2Directory: typeof original.v2Directory = (hierarchy, path, id) =>
  isOut("cgroup-paths") ? `${hierarchy.mountPoint}/${path || id}` : original.v2Directory(hierarchy, path, id);

export const subDirectory: typeof original.subDirectory = (own, sub) =>
  isOut("cgroup-paths") ? `${own}/${sub}` : original.subDirectory(own, sub);
