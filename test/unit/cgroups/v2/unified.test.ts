import assert from "node:assert/strict";
import { test } from "node:test";
import { toFiles } from "../../../../src/cgroups/v2/unified.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

testMapping(toFiles, [
  [
    "writes each file",
    { unified: { "memory.high": "1024", "hugetlb.2MB.max": "0" } },
    ["memory.high=1024", "hugetlb.2MB.max=0"],
  ],
  [
    "writes a file line by line",
    { unified: { "io.max": "8:0 rbps=1024\n8:16 wbps=2048\n" } },
    ["io.max=8:0 rbps=1024", "io.max=8:16 wbps=2048"],
  ],
  ["writes nothing of an empty text", { unified: { "memory.high": "" } }, []],
]);

test("toFiles() names the controller and the place of a file", () => {
  const [write] = toFiles({ unified: { "hugetlb.2MB.max": "0" } });
  assert.equal(write?.controller, "hugetlb");
  assert.equal(write?.pointer, "/linux/resources/unified/hugetlb.2MB.max");
});
