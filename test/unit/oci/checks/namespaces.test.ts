import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "../../../helpers/documents.ts";

const mapping = [{ containerID: 0, hostID: 1000, size: 1 }];

/** The default spec's namespaces but those named, with others added. */
function namespaces(without: readonly string[], added: readonly object[] = []): object[] {
  const types = ["pid", "network", "ipc", "uts", "mount"].filter((type) => !without.includes(type));
  return [...types.map((type) => ({ type })), ...added];
}

test("checkNamespaceTypes() refuses a kind that occurs twice", () => {
  assert.deepEqual(faults({ linux: { namespaces: namespaces([], [{ type: "pid", path: "/p" }]) } }), [
    "/linux/namespaces/5/type: a second pid namespace",
  ]);
});

test("checkNamespaceTypes() demands an absolute path or none", () => {
  const joined = (path: string) => ({ linux: { namespaces: namespaces(["pid"], [{ type: "pid", path }]) } });
  assert.deepEqual(faults(joined("ns/pid")), [
    '/linux/namespaces/4/path: must be an absolute path, found "ns/pid"',
  ]);
  assert.deepEqual(faults(joined("/proc/1/ns/pid")), []);
  assert.deepEqual(faults(joined("")), []);
});

test("checkNeededNamespaces() refuses names without a uts namespace", () => {
  assert.deepEqual(faults({ domainname: "d", linux: { namespaces: namespaces(["uts"]) } }), [
    "/hostname: needs a uts namespace in /linux/namespaces",
    "/domainname: needs a uts namespace in /linux/namespaces",
  ]);
  assert.deepEqual(faults({ hostname: "", domainname: "", linux: { namespaces: namespaces(["uts"]) } }), []);
  assert.deepEqual(faults({ domainname: "d" }), []);
});

test("checkNeededNamespaces() refuses masked and read-only paths without a mount namespace", () => {
  assert.deepEqual(faults({ linux: { namespaces: namespaces(["mount"]) } }), [
    "/linux/maskedPaths: needs a mount namespace in /linux/namespaces",
    "/linux/readonlyPaths: needs a mount namespace in /linux/namespaces",
  ]);
  const none = { namespaces: namespaces(["mount"]), maskedPaths: [], readonlyPaths: [] };
  assert.deepEqual(faults({ linux: none }), []);
});

test("checkNeededNamespaces() refuses mappings without a user namespace", () => {
  assert.deepEqual(faults({ linux: { uidMappings: mapping, gidMappings: mapping } }), [
    "/linux/uidMappings: needs a user namespace in /linux/namespaces",
    "/linux/gidMappings: needs a user namespace in /linux/namespaces",
  ]);
});

test("checkNeededNamespaces() counts a name's bytes", () => {
  assert.deepEqual(faults({ hostname: "ü".repeat(32) }), []);
  assert.deepEqual(faults({ hostname: "ü".repeat(33) }), [
    "/hostname: must not be longer than 64 bytes, found 66",
  ]);
});

test("checkTimeOffsets() refuses offsets without a time namespace of the container's own", () => {
  const timeOffsets = { boottime: { secs: 1 } };
  assert.deepEqual(faults({ linux: { timeOffsets } }), [
    "/linux/timeOffsets: needs a time namespace in /linux/namespaces",
  ]);
  const joined = namespaces([], [{ type: "time", path: "/proc/1/ns/time" }]);
  assert.deepEqual(faults({ linux: { timeOffsets, namespaces: joined } }), [
    "/linux/timeOffsets: cannot be set in a time namespace that is joined",
  ]);
  assert.deepEqual(faults({ linux: { timeOffsets, namespaces: namespaces([], [{ type: "time" }]) } }), []);
});

test("checkTimeOffsets() refuses a second's worth of nanoseconds", () => {
  const withNanoseconds = (nanosecs: number) => ({
    linux: { timeOffsets: { monotonic: { nanosecs } }, namespaces: namespaces([], [{ type: "time" }]) },
  });
  assert.deepEqual(faults(withNanoseconds(999_999_999)), []);
  assert.deepEqual(faults(withNanoseconds(1_000_000_000)), [
    "/linux/timeOffsets/monotonic/nanosecs: must be below 1000000000, found 1000000000",
  ]);
});
