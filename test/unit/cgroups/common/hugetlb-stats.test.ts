import assert from "node:assert/strict";
import { test } from "node:test";
import { hugePageSizes, hugetlbOf } from "../../../../src/cgroups/common/hugetlb-stats.ts";
import type { StatFiles } from "../../../../src/cgroups/common/stat-files.ts";
import { filesOf } from "../../../helpers/stat-files.ts";

const names = {
  usage: "usage_in_bytes",
  max: "max_usage_in_bytes",
  failures: (files: StatFiles, prefix: string) => files.count(`${prefix}.failcnt`),
};

test("hugePageSizes() names sizes as the files of the controller do", () => {
  const sysfs = ["hugepages-64kB", "hugepages-2048kB", "hugepages-32768kB", "hugepages-1048576kB", "other"];
  assert.deepEqual(hugePageSizes(sysfs), ["64KB", "2MB", "32MB", "1GB"]);
});

test("hugetlbOf() counts reservations where the kernel keeps them", () => {
  const files = filesOf({
    "hugetlb.2MB.usage_in_bytes": "1\n",
    "hugetlb.2MB.rsvd.usage_in_bytes": "128\n",
    "hugetlb.2MB.rsvd.max_usage_in_bytes": "256\n",
    "hugetlb.2MB.rsvd.failcnt": "100\n",
  });
  assert.deepEqual(hugetlbOf(files, names, ["2MB"]), { "2MB": { usage: 128n, max: 256n, failures: 100n } });
});

test("hugetlbOf() counts pages in use before Linux 5.7", () => {
  const files = filesOf({
    "hugetlb.2MB.usage_in_bytes": "128\n",
    "hugetlb.2MB.max_usage_in_bytes": "256\n",
    "hugetlb.2MB.failcnt": "100\n",
  });
  assert.deepEqual(hugetlbOf(files, names, ["2MB"]), { "2MB": { usage: 128n, max: 256n, failures: 100n } });
});

test("hugetlbOf() is in the order of Go's maps, without sizes that the controller lacks", () => {
  const files = filesOf({ "hugetlb.1GB.usage_in_bytes": "0", "hugetlb.2MB.usage_in_bytes": "0" });
  assert.deepEqual(Object.keys(hugetlbOf(files, names, ["2MB", "64KB", "1GB"])), ["1GB", "2MB"]);
});
