import assert from "node:assert/strict";
import { test } from "node:test";
import { startProperties, toProperties } from "../../../../src/cgroups/systemd/unified.ts";
import { INFINITY, testProperties, v2Host, written } from "../../../helpers/unit-properties.ts";

testProperties(toProperties, [
  ["idles", { unified: { "cpu.idle": "1" } }, v2Host, ["CPUWeight:t=0"]],
  ["takes idleness back", { unified: { "cpu.idle": "0" } }, v2Host, [`CPUWeight:t=${INFINITY}`]],
  ["leaves a weight by shares", { cpu: { shares: 512 }, unified: { "cpu.idle": "0" } }, v2Host, []],
  [
    "prefers idling to a weight, whichever comes first",
    { unified: { "cpu.weight": "1000", "cpu.idle": " 1 " } },
    v2Host,
    ["CPUWeight:t=0"],
  ],
  [
    "weighs what isn't idle",
    { unified: { "cpu.idle": "0", "cpu.weight": "1000" } },
    v2Host,
    ["CPUWeight:t=1000"],
  ],
  [
    "relates cpu.max to a second",
    { unified: { "cpu.max": "50000 200000" } },
    v2Host,
    ["CPUQuotaPeriodUSec:t=200000", "CPUQuotaPerSecUSec:t=250000"],
  ],
  [
    "takes the kernel's period for a quota alone",
    { unified: { "cpu.max": "50000" } },
    v2Host,
    ["CPUQuotaPeriodUSec:t=100000", "CPUQuotaPerSecUSec:t=500000"],
  ],
  [
    "takes the quota off",
    { unified: { "cpu.max": "max" } },
    v2Host,
    ["CPUQuotaPeriodUSec:t=100000", `CPUQuotaPerSecUSec:t=${INFINITY}`],
  ],
  [
    "names CPUs and memory nodes",
    { unified: { "cpuset.cpus": "0-1", "cpuset.mems": "0" } },
    v2Host,
    ["AllowedCPUs:ay=[3]", "AllowedMemoryNodes:ay=[1]"],
  ],
  ["weighs I/O", { unified: { "io.weight": "default 50" } }, v2Host, ["IOWeight:t=50"]],
  ["leaves a device's weight to the file", { unified: { "io.weight": "8:0 50" } }, v2Host, []],
  [
    "limits and protects memory",
    {
      unified: {
        "memory.min": "1",
        "memory.low": "2",
        "memory.high": "3",
        "memory.max": "4\n",
        "memory.swap.max": "max",
      },
    },
    v2Host,
    ["MemoryMin:t=1", "MemoryLow:t=2", "MemoryHigh:t=3", "MemoryMax:t=4", `MemorySwapMax:t=${INFINITY}`],
  ],
  ["limits tasks", { unified: { "pids.max": "7" } }, v2Host, ["TasksMax:t=7"]],
  [
    "leaves other files alone",
    { unified: { "memory.oom.group": "1", "hugetlb.2MB.max": "0", "misc.max": "x 1", constructor: "1" } },
    v2Host,
    [],
  ],
]);

for (const [file, value] of [
  ["cpu.max", "1 2 3"],
  ["cpu.max", ""],
  ["cpu.max", "-1"],
  ["cpu.weight", "heavy"],
  ["memory.max", "1G"],
  ["memory.max", "0x10"],
  ["pids.max", "1e3"],
] as const) {
  test(`toProperties() refuses ${file}=${JSON.stringify(value)}`, () => {
    assert.throws(() => toProperties({ unified: { [file]: value } }, v2Host), {
      message: `unified resource "${file}" has a value that systemd can't be told: ${JSON.stringify(value)}`,
      pointer: `/linux/resources/unified/${file}`,
    });
  });
}

/** What a unit is told before it starts, by memory.oom.group (systemd's OOMPolicy). */
for (const [group, version, properties] of [
  ["0", 257, ["OOMPolicy:s=continue"]],
  ["1\n", 257, ["OOMPolicy:s=kill"]],
  ["2", 257, []],
  ["1", 252, []],
] as const) {
  test(`startProperties() makes ${properties} of ${JSON.stringify(group)} for systemd ${version}`, () => {
    const resources = { unified: { "memory.oom.group": group } };
    assert.deepEqual(startProperties(resources, { version, cgroups: 2 }).map(written), properties);
  });
}

test("startProperties() says nothing where nothing is asked for", () => {
  assert.deepEqual(startProperties({}, v2Host), []);
});
