import type { Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

/** linux.resources.hugepageLimits as files of the v2 hugetlb controller, reservations alike (Linux 5.7). */
export function toFiles({ hugepageLimits = [] }: Resources): CgroupWrite[] {
  return hugepageLimits.flatMap(({ pageSize, limit }, index) => {
    const write = {
      controller: "hugetlb",
      value: String(limit),
      pointer: `/linux/resources/hugepageLimits/${index}`,
    };
    return [
      { ...write, file: `hugetlb.${pageSize}.max` },
      { ...write, file: `hugetlb.${pageSize}.rsvd.max`, ifPresent: true },
    ];
  });
}
