import { directoryOf } from "../../base/path.ts";
import { cpusetFiles } from "../common/cpuset.ts";
import { get, put } from "../write.ts";

/**
 * Gives a cpuset, and those above it that lack them, the CPUs and memory nodes of the nearest ancestor that has some: a new
 * one is empty and takes no process (cpuset(7)).
 */
export function inheritCpuset(directory: string): void {
  for (const name of cpusetFiles) inherit(directory, `cpuset.${name}`);
}

/** The recursion ends at the hierarchy's root, which is never empty. */
function inherit(directory: string, file: string): string {
  const own = get(`${directory}/${file}`);
  if (own !== "") return own;
  const inherited = inherit(directoryOf(directory), file);
  put(`${directory}/${file}`, inherited);
  return inherited;
}
