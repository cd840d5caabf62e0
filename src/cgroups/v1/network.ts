import type { Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

const pointer = "/linux/resources/network";

/** linux.resources.network as files of the net_cls and net_prio controllers, which v2 lacks. Class 0 is none (net_cls.rst). */
export function toFiles({ network: { classID = 0, priorities = [] } = {} }: Resources): CgroupWrite[] {
  const classFile = { controller: "net_cls", file: "net_cls.classid", pointer: `${pointer}/classID` };
  return [
    ...(classID === 0 ? [] : [{ ...classFile, value: String(classID) }]),
    ...priorities.map(({ name, priority }, index) => ({
      controller: "net_prio",
      file: "net_prio.ifpriomap",
      value: `${name} ${priority}`,
      pointer: `${pointer}/priorities/${index}`,
    })),
  ];
}
