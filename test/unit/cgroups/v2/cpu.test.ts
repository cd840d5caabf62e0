import assert from "node:assert/strict";
import { test } from "node:test";
import { sharesToWeight, toFiles } from "../../../../src/cgroups/v2/cpu.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

testMapping(toFiles, [
  [
    "writes quota and period in one line",
    { cpu: { quota: 50000, period: 100000 } },
    ["cpu.max=50000 100000"],
  ],
  ["keeps the period where none is given", { cpu: { quota: 50000 } }, ["cpu.max=50000"]],
  ["writes an unlimited quota", { cpu: { quota: -1, period: 100000 } }, ["cpu.max=max 100000"]],
  ["writes a period alone", { cpu: { period: 100000 } }, ["cpu.max=max 100000"]],
  ["writes no weight for an idle group", { cpu: { shares: 1024, idle: 1 } }, ["cpu.idle=1"]],
  [
    "writes the weight once the group is not idle any more",
    { cpu: { shares: 1024, idle: 0 } },
    ["cpu.idle=0", "cpu.weight=100"],
  ],
  ["takes shares of 0 for none", { cpu: { shares: 0 } }, []],
  ["writes a burst", { cpu: { quota: 10, burst: 5 } }, ["cpu.max.burst=5", "cpu.max=10"]],
  ["has no real-time limits", { cpu: { realtimePeriod: 1, realtimeRuntime: 1 } }, []],
]);

test("toFiles() lets a burst wait for the quota that the kernel wants above it", () => {
  const [burst] = toFiles({ cpu: { quota: 10, burst: 5 } });
  assert.equal(burst?.later, "EINVAL");
});

test("sharesToWeight() maps v1's shares to the weights that runc and crun have since 2025", () => {
  // Kubernetes' requests of 100m, 500m, 1, 2 and 8 CPUs, and the ends and the default of v1.
  const table = {
    0: 1,
    1: 1,
    2: 1,
    102: 17,
    512: 59,
    1024: 100,
    2048: 174,
    8192: 532,
    262144: 10000,
    262145: 10000,
  };
  assert.deepEqual(
    Object.keys(table).map((shares) => sharesToWeight(Number(shares))),
    Object.values(table),
  );
});

test("sharesToWeight() maps the ends and the default of v1 to those of v2, and never falls", () => {
  assert.deepEqual([2, 1024, 262144].map(sharesToWeight), [1, 100, 10000]);
  const weights = Array.from({ length: 262143 }, (_, index) => sharesToWeight(index + 2));
  assert.ok(weights.every((weight, index) => weight >= (weights[index - 1] ?? 1)));
});
