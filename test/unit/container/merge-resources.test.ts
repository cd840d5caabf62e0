import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeResources } from "../../../src/container/merge-resources.ts";
import type { Resources } from "../../../src/oci/types.ts";

const saved: Resources = {
  devices: [{ allow: false }],
  memory: { limit: 100, swap: 200, reservation: 50, swappiness: 10, kernel: 7 },
  cpu: { shares: 512, quota: 1000, period: 2000, cpus: "0-1", mems: "0", burst: 10 },
  pids: { limit: 20 },
  hugepageLimits: [{ pageSize: "2MB", limit: 1 }],
  unified: { "memory.high": "5", "cpu.weight": "7" },
};

/** What an update asks for, what is written for it, and what of the saved limits it changes. */
const table: readonly (readonly [
  what: string,
  request: Resources,
  written: Resources,
  changed: Resources,
])[] = [
  ["nothing", {}, {}, {}],
  [
    "a memory limit with the swap limit that depends on it",
    { memory: { limit: 150 } },
    { memory: { limit: 150, swap: 200 } },
    { memory: { ...saved.memory, limit: 150 } },
  ],
  [
    "a limit of swap with the memory limit that it depends on",
    { memory: { swap: 300 } },
    { memory: { limit: 100, swap: 300 } },
    { memory: { ...saved.memory, swap: 300 } },
  ],
  [
    "no memory limit, and so none of swap",
    { memory: { limit: -1 } },
    { memory: { limit: -1 } },
    { memory: { limit: -1, reservation: 50, swappiness: 10, kernel: 7 } },
  ],
  [
    "no memory limit, but one of swap",
    { memory: { limit: -1, swap: 300 } },
    { memory: { limit: -1, swap: 300 } },
    { memory: { ...saved.memory, limit: -1, swap: 300 } },
  ],
  [
    "a reservation alone",
    { memory: { reservation: 60 } },
    { memory: { reservation: 60 } },
    { memory: { ...saved.memory, reservation: 60 } },
  ],
  [
    "limits of 0, which stay what they are",
    { memory: { limit: 0, swap: 0, reservation: 0 }, cpu: { quota: 0, period: 0, shares: 0 } },
    { memory: {}, cpu: {} },
    {},
  ],
  ["kernel memory, which is ignored", { memory: { kernel: 5, kernelTCP: 5 } }, { memory: {} }, {}],
  [
    "a check before it",
    { memory: { limit: 90, checkBeforeUpdate: true } },
    { memory: { limit: 90, swap: 200, checkBeforeUpdate: true } },
    { memory: { ...saved.memory, limit: 90, checkBeforeUpdate: true } },
  ],
  [
    "a quota with its period",
    { cpu: { quota: 500 } },
    { cpu: { quota: 500, period: 2000 } },
    { cpu: { ...saved.cpu, quota: 500 } },
  ],
  [
    "a period with its quota",
    { cpu: { period: 4000 } },
    { cpu: { quota: 1000, period: 4000 } },
    { cpu: { ...saved.cpu, period: 4000 } },
  ],
  [
    "shares, and nothing of quota or CPUs",
    { cpu: { shares: 100, cpus: "", mems: "" } },
    { cpu: { shares: 100 } },
    { cpu: { ...saved.cpu, shares: 100 } },
  ],
  ["CPUs", { cpu: { cpus: "1" } }, { cpu: { cpus: "1" } }, { cpu: { ...saved.cpu, cpus: "1" } }],
  ["no burst", { cpu: { burst: 0 } }, { cpu: { burst: 0 } }, { cpu: { ...saved.cpu, burst: 0 } }],
  [
    "idleness, which takes no shares",
    { cpu: { idle: 1 } },
    { cpu: { idle: 1 } },
    { cpu: { ...saved.cpu, idle: 1 } },
  ],
  [
    "its end, with the shares that there were",
    { cpu: { idle: 0 } },
    { cpu: { shares: 512, idle: 0 } },
    { cpu: { ...saved.cpu, idle: 0 } },
  ],
  ["processes", { pids: { limit: 0 } }, { pids: { limit: 0 } }, { pids: { limit: 0 } }],
  ["devices, which are not updated", { devices: [{ allow: true }] }, {}, {}],
  [
    "huge pages of another size",
    { hugepageLimits: [{ pageSize: "1GB", limit: 2 }] },
    { hugepageLimits: [{ pageSize: "1GB", limit: 2 }] },
    {
      hugepageLimits: [
        { pageSize: "2MB", limit: 1 },
        { pageSize: "1GB", limit: 2 },
      ],
    },
  ],
  [
    "a file of cgroup v2",
    { unified: { "cpu.weight": "9" } },
    { unified: { "cpu.weight": "9" } },
    { unified: { "memory.high": "5", "cpu.weight": "9" } },
  ],
];

for (const [what, request, written, changed] of table) {
  test(`mergeResources() merges ${what}`, () => {
    assert.deepEqual(mergeResources(saved, request), { written, merged: { ...saved, ...changed } });
  });
}

test("mergeResources() starts from nothing", () => {
  const request: Resources = { memory: { limit: 5 }, cpu: { quota: 7 }, blockIO: { weight: 10 } };
  assert.deepEqual(mergeResources({}, request), { merged: request, written: request });
});

test("mergeResources() changes a block device's entry in place and adds new ones", () => {
  const old = {
    weight: 100,
    weightDevice: [{ major: 8, minor: 0, weight: 10, leafWeight: 20 }],
    throttleReadBpsDevice: [
      { major: 8, minor: 0, rate: 1 },
      { major: 8, minor: 16, rate: 2 },
    ],
  };
  const asked = {
    weightDevice: [
      { major: 8, minor: 0, weight: 11 },
      { major: 9, minor: 0, weight: 12 },
    ],
    throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 3 }],
    throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 4 }],
  };
  const { merged, written } = mergeResources({ blockIO: old }, { blockIO: asked });
  assert.deepEqual(written, { blockIO: asked });
  assert.deepEqual(merged.blockIO, {
    weight: 100,
    weightDevice: [
      { major: 8, minor: 0, weight: 11, leafWeight: 20 },
      { major: 9, minor: 0, weight: 12 },
    ],
    throttleReadBpsDevice: [
      { major: 8, minor: 0, rate: 3 },
      { major: 8, minor: 16, rate: 2 },
    ],
    throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 4 }],
  });
});

test("mergeResources() adds network priorities and RDMA devices by their names", () => {
  const old: Resources = {
    network: { classID: 1, priorities: [{ name: "lo", priority: 1 }] },
    rdma: { a: { hcaHandles: 1 } },
  };
  const request: Resources = {
    network: { priorities: [{ name: "lo", priority: 2 }] },
    rdma: { b: { hcaHandles: 2 } },
  };
  assert.deepEqual(mergeResources(old, request).merged, {
    network: { classID: 1, priorities: [{ name: "lo", priority: 2 }] },
    rdma: { a: { hcaHandles: 1 }, b: { hcaHandles: 2 } },
  });
});
