import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "../../../helpers/documents.ts";

const whole = [{ containerID: 0, hostID: 100000, size: 65536 }];

/** The default spec in a new user namespace. */
function mapped(uidMappings: readonly object[], gidMappings: readonly object[] = whole, user: object = {}) {
  return {
    process: { user },
    linux: { namespaces: [{ type: "user" }, { type: "mount" }, { type: "uts" }], uidMappings, gidMappings },
  };
}

test("checkIdMappings() demands both maps of a new user namespace", () => {
  assert.deepEqual(faults(mapped(whole)), []);
  assert.deepEqual(faults(mapped([], [])), [
    "/linux/uidMappings: required for a new user namespace",
    "/linux/gidMappings: required for a new user namespace",
  ]);
});

test("checkIdMappings() asks nothing of a user namespace that is joined", () => {
  const namespaces = [{ type: "user", path: "/proc/1/ns/user" }, { type: "mount" }, { type: "uts" }];
  assert.deepEqual(faults({ linux: { namespaces } }), []);
});

test("checkIdMappings() refuses empty ranges and those above the highest id", () => {
  assert.deepEqual(faults(mapped([...whole, { containerID: 70000, hostID: 1, size: 0 }])), [
    "/linux/uidMappings/1/size: must not be 0",
  ]);
  assert.deepEqual(faults(mapped([{ containerID: 0, hostID: 4294967295, size: 1 }])), [
    "/linux/uidMappings/0: the range ends above the highest id, 4294967294",
  ]);
  assert.deepEqual(faults(mapped([{ containerID: 0, hostID: 0, size: 4294967295 }])), []);
});

test("checkIdMappings() refuses ranges that overlap, inside or outside", () => {
  assert.deepEqual(faults(mapped([...whole, { containerID: 65535, hostID: 1, size: 1 }])), [
    "/linux/uidMappings/1/containerID: the range overlaps that of /linux/uidMappings/0",
  ]);
  assert.deepEqual(faults(mapped(whole, [...whole, { containerID: 65536, hostID: 99999, size: 2 }])), [
    "/linux/gidMappings/1/hostID: the range overlaps that of /linux/gidMappings/0",
  ]);
  assert.deepEqual(faults(mapped([...whole, { containerID: 65536, hostID: 99999, size: 1 }])), []);
});

test("checkIdMappings() refuses more ranges than the kernel takes", () => {
  const ranges = (count: number) =>
    Array.from({ length: count }, (_, id) => ({ containerID: id, hostID: id, size: 1 }));
  assert.deepEqual(faults(mapped(ranges(340))), []);
  assert.deepEqual(faults(mapped(ranges(341))), [
    "/linux/uidMappings: the kernel takes at most 340 ranges, found 341",
  ]);
});

test("checkMappedIds() demands mappings for root and for the process's ids", () => {
  const few = [{ containerID: 1, hostID: 1, size: 1 }];
  assert.deepEqual(faults(mapped(few, whole, { uid: 1 })), [
    "/linux/uidMappings: user id 0 has no mapping in the user namespace",
  ]);
  assert.deepEqual(faults(mapped(whole, whole, { uid: 65536, gid: 65537, additionalGids: [1, 65538] })), [
    "/process/user/uid: user id 65536 has no mapping in the user namespace",
    "/process/user/gid: group id 65537 has no mapping in the user namespace",
    "/process/user/additionalGids/1: group id 65538 has no mapping in the user namespace",
  ]);
  assert.deepEqual(faults(mapped(whole, whole, { uid: 65535, gid: 65535, additionalGids: [1] })), []);
});
