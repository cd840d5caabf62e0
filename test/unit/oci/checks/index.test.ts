import assert from "node:assert/strict";
import { test } from "node:test";
import { checks } from "../../../../src/oci/checks/index.ts";
import { faults, warnings } from "../../../helpers/documents.ts";

test("checkConfig() finds nothing in the default spec", () => {
  assert.deepEqual(faults({}), []);
  assert.deepEqual(warnings({}), []);
});

test("checkConfig() lists the faults of several checks in the order of the checks", () => {
  assert.deepEqual(faults({ hostname: "x".repeat(65), root: { path: "" }, process: { args: [] } }), [
    "/root/path: must not be empty",
    "/process/args: must name the program to run",
    "/hostname: must not be longer than 64 bytes, found 65",
  ]);
});

test("checks have no check twice", () => {
  assert.equal(new Set(checks).size, checks.length);
});
