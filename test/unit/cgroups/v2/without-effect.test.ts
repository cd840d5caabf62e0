import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutEffect } from "../../../../src/cgroups/v2/without-effect.ts";

test("withoutEffect() names what cgroup v2 has nothing for", () => {
  const resources = {
    memory: { limit: 1, kernel: 1, kernelTCP: 1, swappiness: 0, disableOOMKiller: true, useHierarchy: true },
    cpu: { shares: 2, realtimeRuntime: 1, realtimePeriod: 1 },
    blockIO: { weight: 10, leafWeight: 10, weightDevice: [{ major: 8, minor: 0, leafWeight: 10 }] },
  };
  assert.deepEqual(withoutEffect(resources), [
    "memory.kernel",
    "memory.kernelTCP",
    "memory.swappiness",
    "memory.disableOOMKiller",
    "cpu.realtimeRuntime",
    "cpu.realtimePeriod",
    "blockIO.leafWeight",
    "blockIO.weightDevice[].leafWeight",
  ]);
});

test("withoutEffect() passes over what asks for nothing", () => {
  const memory = { kernel: 0, disableOOMKiller: false, checkBeforeUpdate: true };
  const blockIO = { leafWeight: 0, weightDevice: [{ major: 8, minor: 0, weight: 10 }] };
  assert.deepEqual(withoutEffect({ memory, cpu: { realtimeRuntime: 0, quota: 1 }, blockIO }), []);
  assert.deepEqual(withoutEffect({}), []);
});
