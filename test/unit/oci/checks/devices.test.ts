import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "../../../helpers/documents.ts";

test("checkDevices() takes numbers that the kernel has, and any for a FIFO", () => {
  const devices = [
    { path: "/dev/a", type: "c", major: 4095, minor: 1048575 },
    { path: "/dev/b", type: "b", major: 0, minor: 0 },
    { path: "/dev/c", type: "u" },
    { path: "/dev/d", type: "p", major: -1, minor: 9999999 },
  ];
  assert.deepEqual(faults({ linux: { devices } }), []);
});

test("checkDevices() refuses numbers that mknod(2) would cut, and an empty path", () => {
  const devices = [
    { path: "/dev/a", type: "c", major: 4096, minor: 1048576 },
    { path: "", type: "b", major: -1, minor: -1 },
  ];
  assert.deepEqual(faults({ linux: { devices } }), [
    "/linux/devices/0/major: must be from 0 to 4095, found 4096",
    "/linux/devices/0/minor: must be from 0 to 1048575, found 1048576",
    "/linux/devices/1/path: must not be empty",
    "/linux/devices/1/major: must be from 0 to 4095, found -1",
    "/linux/devices/1/minor: must be from 0 to 1048575, found -1",
  ]);
});
