import assert from "node:assert/strict";
import { test } from "node:test";
import { range } from "../../../src/base/range.ts";

test("range() includes both ends", () => {
  assert.deepEqual(range(-1, 2), [-1, 0, 1, 2]);
  assert.deepEqual(range(3, 3), [3]);
});

test("range() is empty where the end comes before the start", () => {
  assert.deepEqual(range(1, 0), []);
});
