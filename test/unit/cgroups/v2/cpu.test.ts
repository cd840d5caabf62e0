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
  [
    "writes the weight before idle",
    { cpu: { shares: 1024, idle: 1, burst: 5 } },
    ["cpu.weight=100", "cpu.max.burst=5", "cpu.idle=1"],
  ],
  ["has no real-time limits", { cpu: { realtimePeriod: 1, realtimeRuntime: 1 } }, []],
]);

test("sharesToWeight() maps the ends and the default of v1 to those of v2, and never falls", () => {
  assert.deepEqual([2, 1024, 262144].map(sharesToWeight), [1, 100, 10000]);
  const weights = Array.from({ length: 262143 }, (_, index) => sharesToWeight(index + 2));
  assert.ok(weights.every((weight, index) => weight >= (weights[index - 1] ?? 1)));
});
