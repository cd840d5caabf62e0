import assert from "node:assert/strict";
import { test } from "node:test";
import { mayMoveFromHere } from "../../../../src/cgroups/systemd/migration.ts";

test("mayMoveFromHere() is false for a cgroup in no tree that is mounted here", () => {
  assert.equal(mayMoveFromHere("/nowhere/mounted/user.slice"), false);
});
