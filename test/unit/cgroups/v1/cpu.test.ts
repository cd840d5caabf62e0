import assert from "node:assert/strict";
import { test } from "node:test";
import { toFiles } from "../../../../src/cgroups/v1/cpu.ts";
import { testMapping } from "../../../helpers/cgroup-mapping.ts";

testMapping(toFiles, [
  ["writes shares", { cpu: { shares: 512 } }, ["cpu.shares=512"]],
  [
    "writes the period, what may be saved of it, and the quota",
    { cpu: { burst: 1000, quota: 50000, period: 100000 } },
    ["cpu.cfs_period_us=100000", "cpu.cfs_burst_us=1000", "cpu.cfs_quota_us=50000"],
  ],
  ["writes an unlimited quota", { cpu: { quota: -1 } }, ["cpu.cfs_quota_us=-1"]],
  ["writes that nothing may be saved", { cpu: { burst: 0 } }, ["cpu.cfs_burst_us=0"]],
  [
    "writes the real-time period before its runtime",
    { cpu: { realtimeRuntime: 950000, realtimePeriod: 1000000 } },
    ["cpu.rt_period_us=1000000", "cpu.rt_runtime_us=950000"],
  ],
  ["writes an unlimited real-time runtime", { cpu: { realtimeRuntime: -1 } }, ["cpu.rt_runtime_us=-1"]],
  ["leaves the shares of an idle group, which are its own", { cpu: { idle: 1, shares: 2 } }, ["cpu.idle=1"]],
  ["writes that idle is off", { cpu: { idle: 0, shares: 2 } }, ["cpu.shares=2", "cpu.idle=0"]],
  ["takes 0 for not set", { cpu: { shares: 0, quota: 0, period: 0, realtimeRuntime: 0 } }, []],
  ["leaves cpus and mems to cpuset", { cpu: { cpus: "0", mems: "0" } }, []],
]);

/** The files of writes that may have to wait for others. */
function late(cpu: Parameters<typeof toFiles>[0]["cpu"] & object): string[] {
  return toFiles({ cpu })
    .filter(({ later }) => later === "EINVAL")
    .map(({ file }) => file);
}

test("toFiles() lets the kernel take a period, burst or shares after what they are refused beside", () => {
  assert.deepEqual(late({ period: 1, burst: 1, quota: 1 }), ["cpu.cfs_period_us", "cpu.cfs_burst_us"]);
  assert.deepEqual(late({ realtimePeriod: 1, realtimeRuntime: 1 }), ["cpu.rt_period_us"]);
  assert.deepEqual(late({ shares: 2, idle: 0 }), ["cpu.shares"]);
});

test("toFiles() takes a refusal for final where nothing else is written", () => {
  assert.deepEqual(late({ period: 1, burst: 1, realtimePeriod: 1, shares: 2 }), []);
  assert.deepEqual(late({ quota: 1, realtimeRuntime: 1 }), []);
});

for (const shares of [1, 262145]) {
  test(`toFiles() refuses ${shares} shares, which the kernel would change`, () => {
    assert.throws(() => toFiles({ cpu: { shares } }), {
      message: `cpu shares must be from 2 to 262144, found ${shares}`,
      pointer: "/linux/resources/cpu/shares",
    });
  });
}
