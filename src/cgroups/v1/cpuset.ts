import { cpusetFiles } from "../common/cpuset.ts";
import { get, put } from "../write.ts";

/** A new cpuset is empty and takes no process until it has what its parent has (cpuset(7)). */
export function inheritCpuset(directory: string, parent: string): void {
  for (const name of cpusetFiles) put(`${directory}/cpuset.${name}`, get(`${parent}/cpuset.${name}`));
}
