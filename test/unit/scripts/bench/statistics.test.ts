import assert from "node:assert/strict";
import { test } from "node:test";
import { median, pairedRatio, summarize } from "../../../../scripts/bench/statistics.ts";

test("median() takes the middle, or what is between the two middle values", () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(median([7]), 7);
});

test("summarize() orders numbers, not texts, and leaves the series as it is", () => {
  const values = [10, 9, 100, 1, 2, 3, 4, 5, 6, 7];
  assert.deepEqual(summarize(values), { min: 1, median: 5.5, p90: 10 });
  assert.equal(values[0], 10);
});

test("summarize() refuses an empty series", () => {
  assert.throws(() => summarize([]), /series of measurements is empty/);
});

test("pairedRatio() is not led astray by a slow stretch that hits both", () => {
  assert.equal(pairedRatio([1, 1, 50, 50, 50], [2, 2, 100, 100, 100]), 0.5);
});
