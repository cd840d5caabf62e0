import assert from "node:assert/strict";
import { test } from "node:test";
import { checkId } from "../../../src/container/id.ts";

for (const id of ["a", "0", "_", "-", "+", "A.b_c+d-1", "a..b", "a".repeat(1024)]) {
  test(`checkId() takes ${id.slice(0, 20)}`, () => checkId(id));
}

for (const id of [".", "..", ".a", "a/b", "/", "a b", "a\n", "\na", "ä", "a\0", "a:b", "a".repeat(1025)]) {
  test(`checkId() refuses ${JSON.stringify(id.slice(0, 20))}`, () => {
    assert.throws(() => checkId(id), { message: `invalid container ID format: ${JSON.stringify(id)}` });
  });
}

test("checkId() refuses an empty id", () => {
  assert.throws(() => checkId(""), { message: "container id cannot be empty" });
});
