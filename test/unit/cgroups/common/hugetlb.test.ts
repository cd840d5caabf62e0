import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type HugetlbLimit, toFiles } from "../../../../src/cgroups/common/hugetlb.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

for (const limit of ["limit_in_bytes", "max"] satisfies HugetlbLimit[]) {
  describe(limit, () => {
    testMapping(toFiles(limit), [
      [
        "limits each size, and its reservations",
        {
          hugepageLimits: [
            { pageSize: "2MB", limit: 9 },
            { pageSize: "1GB", limit: 0 },
          ],
        },
        [
          `hugetlb.2MB.${limit}=9`,
          `hugetlb.2MB.rsvd.${limit}=9`,
          `hugetlb.1GB.${limit}=0`,
          `hugetlb.1GB.rsvd.${limit}=0`,
        ],
      ],
    ]);
  });
}

test("toFiles() does without limits of reservations where the kernel lacks them, not without the others", () => {
  const writes = toFiles("max")({ hugepageLimits: [{ pageSize: "2MB", limit: 9 }] });
  assert.deepEqual(
    writes.map(({ ifPresent = false }) => ifPresent),
    [false, true],
  );
});
