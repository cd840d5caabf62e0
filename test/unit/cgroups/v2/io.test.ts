import assert from "node:assert/strict";
import { test } from "node:test";
import { ioWeight, toFiles } from "../../../../src/cgroups/v2/io.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

testMapping(toFiles, [
  [
    "writes rates by device; 0 is no limit",
    {
      blockIO: {
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1 }],
        throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 0 }],
        throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 3 }],
        throttleWriteIOPSDevice: [{ major: 8, minor: 16, rate: 4 }],
      },
    },
    ["io.max=8:0 rbps=1", "io.max=8:0 wbps=max", "io.max=8:0 riops=3", "io.max=8:16 wiops=4"],
  ],
]);

test("toFiles() gives bfq the weight as it is and io.weight the converted one", () => {
  const blockIO = { weight: 10, weightDevice: [{ major: 8, minor: 0, weight: 1000 }] };
  const writes = toFiles({ blockIO }).map(({ value, otherwise }) => [
    value,
    otherwise?.file,
    otherwise?.value,
  ]);
  assert.deepEqual(writes, [
    ["10", "io.weight", "1"],
    ["8:0 1000", "io.weight", "8:0 10000"],
  ]);
});

test("ioWeight() maps the ends of v1's weights to those of v2, and a straight line between", () => {
  assert.deepEqual([10, 11, 100, 500, 505, 1000].map(ioWeight), [1, 11, 910, 4950, 5000, 10000]);
});
