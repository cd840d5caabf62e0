import assert from "node:assert/strict";
import { test } from "node:test";
import { possibleActions } from "../../../src/oci/seccomp-actions.ts";
import type { Seccomp } from "../../../src/oci/types.ts";

test("possibleActions() counts the default action unless a rule has no conditions", () => {
  const args: [{ index: number; value: number; op: "SCMP_CMP_EQ" }] = [
    { index: 0, value: 1, op: "SCMP_CMP_EQ" },
  ];
  const profile: Seccomp = {
    defaultAction: "SCMP_ACT_KILL",
    syscalls: [
      { names: ["read", "write"], action: "SCMP_ACT_ALLOW", args },
      { names: ["write"], action: "SCMP_ACT_LOG", args: [] },
    ],
  };
  assert.deepEqual(possibleActions(profile, "read"), ["SCMP_ACT_ALLOW", "SCMP_ACT_KILL"]);
  assert.deepEqual(possibleActions(profile, "write"), ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"]);
  assert.deepEqual(possibleActions(profile, "open"), ["SCMP_ACT_KILL"]);
  assert.deepEqual(possibleActions({ defaultAction: "SCMP_ACT_ALLOW" }, "open"), ["SCMP_ACT_ALLOW"]);
});
