import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../../src/oci/checks/index.ts";
import { rootlessSpec } from "../../../../src/oci/spec.ts";
import { faults } from "../../../helpers/documents.ts";

const rootless = { rootless: true };

test("checkRootless() takes the rootless spec", () => {
  const spec = rootlessSpec({ cgroup2: true }, { uid: 1000, gid: 1000 });
  assert.deepEqual(checkConfig(spec, rootless).faults, []);
});

test("checkRootless() demands a user namespace", () => {
  const mounts: object[] = [];
  assert.deepEqual(faults({ mounts }, rootless), [
    "/linux/namespaces: a rootless container needs a user namespace",
  ]);
  assert.deepEqual(faults({ mounts }), []);
});

test("checkRootless() refuses ids without a mapping in mount options", () => {
  const mappings = [{ containerID: 0, hostID: 1000, size: 1 }];
  const patch = {
    mounts: [
      { destination: "/a", options: ["uid=0", "gid=5"] },
      { destination: "/b", options: ["uid=1", "ro"] },
    ],
    linux: {
      namespaces: [{ type: "user" }, { type: "mount" }, { type: "uts" }],
      uidMappings: mappings,
      gidMappings: mappings,
    },
  };
  assert.deepEqual(faults(patch, rootless), [
    "/mounts/0/options/1: gid=5 has no mapping in the user namespace",
    "/mounts/1/options/0: uid=1 has no mapping in the user namespace",
  ]);
  assert.deepEqual(faults(patch), []);
});
