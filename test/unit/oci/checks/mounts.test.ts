import assert from "node:assert/strict";
import { test } from "node:test";
import { faults, warnings } from "../../../helpers/documents.ts";

test("checkMounts() warns of a relative destination as runc does", () => {
  const patch = { mounts: [{ destination: "data" }, { destination: "/data" }] };
  assert.deepEqual(faults(patch), []);
  assert.deepEqual(warnings(patch), [
    '/mounts/0/destination: should be an absolute path, taking "data" from the root',
  ]);
});

test("checkMounts() refuses an empty destination", () => {
  assert.deepEqual(faults({ mounts: [{ destination: "" }] }), ["/mounts/0/destination: must not be empty"]);
});
