import type { Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

/** What the limit's file is called: `hugetlb.2MB.limit_in_bytes` on v1, `hugetlb.2MB.max` on v2. */
export type HugetlbLimit = "limit_in_bytes" | "max";

/**
 * linux.resources.hugepageLimits as files of the hugetlb controller. Reservations are limited alike, so that a container is
 * refused at mmap(2) instead of killed by SIGBUS at its first access (Linux 5.7).
 */
export function toFiles(limitFile: HugetlbLimit): (resources: Resources) => CgroupWrite[] {
  return ({ hugepageLimits = [] }) =>
    hugepageLimits.flatMap(({ pageSize, limit }, index) => {
      const write = {
        controller: "hugetlb",
        value: String(limit),
        pointer: `/linux/resources/hugepageLimits/${index}`,
      };
      return [
        { ...write, file: `hugetlb.${pageSize}.${limitFile}` },
        { ...write, file: `hugetlb.${pageSize}.rsvd.${limitFile}`, ifPresent: true },
      ];
    });
}
