import assert from "node:assert/strict";
import { test } from "node:test";
import { didYouMean, editDistance, nearMiss } from "../../../src/oci/suggest.ts";

test("editDistance() counts insertions, deletions, replacements and swaps", () => {
  for (const [a, b, distance] of [
    ["", "", 0],
    ["", "abc", 3],
    ["pid", "pid", 0],
    ["pid", "pids", 1],
    ["pid", "pd", 1],
    ["pid", "pad", 1],
    ["pid", "pdi", 1],
    ["kitten", "sitting", 3],
  ] as const) {
    assert.equal(editDistance(a, b), distance, `${a} ${b}`);
    assert.equal(editDistance(b, a), distance, `${b} ${a}`);
  }
});

const types = ["mount", "pid", "network", "uts"];

test("nearMiss() finds what was mistyped", () => {
  assert.equal(nearMiss("nettwork", types), "network");
  assert.equal(nearMiss("Mount", types), "mount");
  assert.equal(nearMiss("utc", types), "uts");
  assert.equal(nearMiss("SETFCAP", ["CAP_SETFCAP", "CAP_SETGID"]), "CAP_SETFCAP");
});

test("nearMiss() finds nothing in what means something else", () => {
  for (const text of ["", "time", "filesystem", "x".repeat(1000)]) {
    assert.equal(nearMiss(text, types), undefined);
  }
  assert.equal(nearMiss("x", ["", "private"]), undefined);
});

test("didYouMean() is a question or nothing", () => {
  assert.equal(didYouMean("nettwork", types), ' (did you mean "network"?)');
  assert.equal(didYouMean("x", types), "");
});
