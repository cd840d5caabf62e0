import type { Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

/**
 * linux.resources.hugepageLimits as files of the v1 hugetlb controller. Reservations are limited alike, so that a container
 * is refused at mmap(2) instead of killed by SIGBUS at its first access (Linux 5.7).
 */
export function toFiles({ hugepageLimits = [] }: Resources): CgroupWrite[] {
  return hugepageLimits.flatMap(({ pageSize, limit }, index) => {
    const write = {
      controller: "hugetlb",
      value: String(limit),
      pointer: `/linux/resources/hugepageLimits/${index}`,
    };
    return [
      { ...write, file: `hugetlb.${pageSize}.limit_in_bytes` },
      { ...write, file: `hugetlb.${pageSize}.rsvd.limit_in_bytes`, ifPresent: true },
    ];
  });
}
