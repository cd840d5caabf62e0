import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { effectiveGid, effectiveUid, isRoot } from "../../../src/base/own-process.ts";

/** The effective id of a line of /proc/self/status: the second of four. */
function shown(name: "Uid" | "Gid"): number {
  const line = new RegExp(`^${name}:\\t\\d+\\t(\\d+)`, "m").exec(readFileSync("/proc/self/status", "utf8"));
  return Number(line?.[1]);
}

test("effectiveUid(), effectiveGid() and isRoot() say what the kernel says", () => {
  assert.equal(effectiveUid(), shown("Uid"));
  assert.equal(effectiveGid(), shown("Gid"));
  assert.equal(isRoot(), shown("Uid") === 0);
});
