import assert from "node:assert/strict";
import { test } from "node:test";
import type { SeccompAction, SeccompRule } from "../../../src/oci/types.ts";
import { permitsWrite } from "../../../src/seccomp/mute.ts";

const onWrite = (action: SeccompAction, more: Partial<SeccompRule> = {}): SeccompRule => ({
  names: ["read", "write"],
  action,
  ...more,
});
const args: SeccompRule["args"] = [{ index: 0, value: 2, op: "SCMP_CMP_EQ" }];

test("permitsWrite() tells profiles under which write(2) always works", () => {
  const permits = (defaultAction: SeccompAction, ...syscalls: SeccompRule[]) =>
    permitsWrite({ defaultAction, syscalls });
  assert.equal(permitsWrite({ defaultAction: "SCMP_ACT_ALLOW" }), true);
  assert.equal(permits("SCMP_ACT_LOG", onWrite("SCMP_ACT_ALLOW", { args })), true);
  assert.equal(permits("SCMP_ACT_ERRNO", onWrite("SCMP_ACT_ALLOW")), true);
  assert.equal(permits("SCMP_ACT_KILL", { names: ["writev"], action: "SCMP_ACT_ALLOW" }), false);
  assert.equal(permits("SCMP_ACT_ERRNO", onWrite("SCMP_ACT_ALLOW", { args })), false);
  for (const action of ["SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_TRACE", "SCMP_ACT_NOTIFY"] as const) {
    assert.equal(permits("SCMP_ACT_ALLOW", onWrite(action)), false, action);
    assert.equal(permits("SCMP_ACT_ALLOW", onWrite(action, { args })), false, action);
    assert.equal(permits(action), false, action);
  }
});
