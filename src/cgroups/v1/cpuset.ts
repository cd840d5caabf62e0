import { directoryOf } from "../../base/path.ts";
import type { Resources } from "../../oci/types.ts";
import { isErrno } from "../../sys/syscall-error.ts";
import { cpusetFiles, toFiles as prefixedFiles } from "../common/cpuset.ts";
import { type CgroupWrite, get, put } from "../write.ts";

const PREFIX = "cpuset.";

/**
 * linux.resources.cpu.cpus and mems as files of the v1 cpuset controller, whose names lack their prefix where it is mounted
 * with `noprefix` (kernel/cgroup/cgroup-v1.c; Android has it so).
 */
export function toFiles(resources: Resources): CgroupWrite[] {
  return prefixedFiles(resources).map((write) => {
    return { ...write, otherwise: { ...write, file: write.file.slice(PREFIX.length) } };
  });
}

/**
 * Gives the cpusets above a directory that lack them, and then its own, the CPUs and memory nodes of the nearest ancestor that
 * has some: a new one is empty and takes no process (cpuset(7)).
 * @returns whether its own has both: those of its parent are refused (EINVAL) where a sibling has some for itself
 * (cpu_exclusive), and config.json must ask for others then
 */
export function inheritCpuset(directory: string): boolean {
  return cpusetFiles.map((name) => isInherited(directory, name)).every(Boolean);
}

function isInherited(directory: string, name: string): boolean {
  const parent = directoryOf(directory);
  const [file, text] = readEither(directory, name);
  if (text !== "") return true;
  const inherited = inherit(parent, file);
  try {
    put(`${directory}/${file}`, inherited);
    return true;
  } catch (error) {
    if (isErrno(error, "EINVAL")) return false;
    throw error;
  }
}

/** The recursion ends at the hierarchy's root, which is never empty. */
function inherit(directory: string, file: string): string {
  const own = get(`${directory}/${file}`);
  if (own !== "") return own;
  const inherited = inherit(directoryOf(directory), file);
  put(`${directory}/${file}`, inherited);
  return inherited;
}

function readEither(directory: string, name: string): [file: string, text: string] {
  const file = `${PREFIX}${name}`;
  try {
    return [file, get(`${directory}/${file}`)];
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    return [name, get(`${directory}/${name}`)];
  }
}
