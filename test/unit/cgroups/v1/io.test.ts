import assert from "node:assert/strict";
import { test } from "node:test";
import { toFiles } from "../../../../src/cgroups/v1/io.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

testMapping(toFiles, [
  [
    "writes weights",
    { blockIO: { weight: 10, leafWeight: 1000 } },
    ["blkio.weight=10", "blkio.leaf_weight=1000"],
  ],
  [
    "writes weights by device",
    {
      blockIO: {
        weightDevice: [
          { major: 8, minor: 0, weight: 500, leafWeight: 300 },
          { major: 8, minor: 16 },
          { major: 8, minor: 32, weight: 0, leafWeight: 0 },
        ],
      },
    },
    ["blkio.weight_device=8:0 500", "blkio.leaf_weight_device=8:0 300"],
  ],
  [
    "writes rates by device",
    {
      blockIO: {
        throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1 }],
        throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 2 }],
        throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 3 }],
        throttleWriteIOPSDevice: [
          { major: 8, minor: 0, rate: 4 },
          { major: 8, minor: 16, rate: 5 },
        ],
      },
    },
    [
      "blkio.throttle.read_bps_device=8:0 1",
      "blkio.throttle.write_bps_device=8:0 2",
      "blkio.throttle.read_iops_device=8:0 3",
      "blkio.throttle.write_iops_device=8:0 4",
      "blkio.throttle.write_iops_device=8:16 5",
    ],
  ],
]);

test("toFiles() names bfq's files where cfq's are gone", () => {
  const writes = toFiles({ blockIO: { weight: 10, weightDevice: [{ major: 8, minor: 0, weight: 20 }] } });
  assert.deepEqual(
    writes.map(({ otherwise }) => [otherwise?.file, otherwise?.value, otherwise?.pointer]),
    [
      ["blkio.bfq.weight", "10", "/linux/resources/blockIO/weight"],
      ["blkio.bfq.weight_device", "8:0 20", "/linux/resources/blockIO/weightDevice/0/weight"],
    ],
  );
});
