import assert from "node:assert/strict";
import { test } from "node:test";
import { toFiles } from "../../../../src/cgroups/v2/hugetlb.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

testMapping(toFiles, [
  [
    "limits each size, and its reservations",
    {
      hugepageLimits: [
        { pageSize: "2MB", limit: 9 },
        { pageSize: "1GB", limit: 0 },
      ],
    },
    ["hugetlb.2MB.max=9", "hugetlb.2MB.rsvd.max=9", "hugetlb.1GB.max=0", "hugetlb.1GB.rsvd.max=0"],
  ],
]);

test("toFiles() does without limits of reservations where the kernel lacks them, not without the others", () => {
  const writes = toFiles({ hugepageLimits: [{ pageSize: "2MB", limit: 9 }] });
  assert.deepEqual(
    writes.map(({ ifPresent = false }) => ifPresent),
    [false, true],
  );
});
