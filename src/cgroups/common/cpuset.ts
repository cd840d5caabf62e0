import type { Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

export const cpusetFiles = ["cpus", "mems"] as const;

/** linux.resources.cpu.cpus and mems as files of the cpuset controller, on v1 and v2. */
export function toFiles({ cpu = {} }: Resources): CgroupWrite[] {
  return cpusetFiles.flatMap((name) => {
    const value = cpu[name];
    if (value === undefined || value === "") return [];
    return [{ controller: "cpuset", file: `cpuset.${name}`, value, pointer: `/linux/resources/cpu/${name}` }];
  });
}
