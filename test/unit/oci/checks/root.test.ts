import assert from "node:assert/strict";
import { test } from "node:test";
import { faults } from "../../../helpers/documents.ts";

test("checkRoot() demands a root with a path", () => {
  assert.deepEqual(faults({ root: undefined }), ["/root: required, but missing"]);
  assert.deepEqual(faults({ root: { path: "" } }), ["/root/path: must not be empty"]);
  assert.deepEqual(faults({ root: { path: "/somewhere/else" } }), []);
});
