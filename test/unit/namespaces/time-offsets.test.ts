import assert from "node:assert/strict";
import { test } from "node:test";
import { timeOffsetsText } from "../../../src/namespaces/time-offsets.ts";

test("timeOffsetsText() has a line for each clock, with nothing left out", () => {
  assert.equal(
    timeOffsetsText({ monotonic: { secs: 172_800, nanosecs: 5 }, boottime: { secs: -604_800 } }),
    "monotonic 172800 5\nboottime -604800 0\n",
  );
  assert.equal(timeOffsetsText({ boottime: { nanosecs: 7 } }), "boottime 0 7\n");
  assert.equal(timeOffsetsText({}), "");
});
