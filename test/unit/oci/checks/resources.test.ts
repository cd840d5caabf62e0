import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "../../../helpers/documents.ts";

function withMemory(memory: object) {
  return { linux: { resources: { memory } } };
}

test("checkDeviceRules() takes the kinds, letters and numbers of devices", () => {
  const devices = [
    { allow: false },
    { allow: true, type: "a", access: "rwm" },
    { allow: true, type: "c", major: 1, minor: -1, access: "r" },
    { allow: true, type: "b", access: "" },
  ];
  assert.deepEqual(faults({ linux: { resources: { devices } } }), []);
});

test("checkDeviceRules() refuses others", () => {
  const devices = [{ allow: true, type: "p", access: "rx", major: -2, minor: 2 ** 32 }];
  assert.deepEqual(faults({ linux: { resources: { devices } } }), [
    '/linux/resources/devices/0/type: expected one of "a", "b", "c", found "p"',
    '/linux/resources/devices/0/access: expected letters of "rwm", found "rx"',
    "/linux/resources/devices/0/major: no device has the number -2",
    "/linux/resources/devices/0/minor: no device has the number 4294967296",
  ]);
});

test("checkMemory() refuses limits that contradict each other", () => {
  assert.deepEqual(faults(withMemory({ limit: 10, swap: 9, reservation: 11, swappiness: 101 })), [
    "/linux/resources/memory/swap: counts memory and swap, so it must not be below limit (10), found 9",
    "/linux/resources/memory/reservation: must not be above limit (10), found 11",
    "/linux/resources/memory/swappiness: must be from 0 to 100, found 101",
  ]);
});

test("checkMemory() takes limits that agree, and -1 for none", () => {
  for (const memory of [
    { limit: 10, swap: 10, reservation: 10, swappiness: 100 },
    { limit: 10, swap: -1, reservation: -1 },
    { limit: -1, swap: 5, reservation: 5 },
    { swap: 5 },
  ]) {
    assert.deepEqual(faults(withMemory(memory)), []);
  }
});

test("checkUnified() takes names of files in a cgroup, and no other paths", () => {
  const unified = (...names: string[]) => ({
    linux: { resources: { unified: Object.fromEntries(names.map((name) => [name, "1"])) } },
  });
  assert.deepEqual(faults(unified("memory.high", "hugetlb.2MB.max", "cgroup.freeze")), []);
  assert.deepEqual(faults(unified("../x/memory.max", "memory", ".max")), [
    "/linux/resources/unified/..~1x~1memory.max: must be a file name (no slashes)",
    "/linux/resources/unified/memory: must be in the form CONTROLLER.PARAMETER",
    "/linux/resources/unified/.max: must be in the form CONTROLLER.PARAMETER",
  ]);
});
