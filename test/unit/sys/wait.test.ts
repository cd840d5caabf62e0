import assert from "node:assert/strict";
import { test } from "node:test";
import { exitStatus } from "../../../src/sys/wait.ts";

for (const [waitStatus, expected] of [
  [0x0000, 0],
  [0x0700, 7],
  [0xff00, 255],
  [0x000f, 143],
  [0x008b, 139],
] as const) {
  test(`exitStatus() of wait status 0x${waitStatus.toString(16)} is ${expected}`, () => {
    assert.equal(exitStatus(waitStatus), expected);
  });
}
