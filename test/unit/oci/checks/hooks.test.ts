import assert from "node:assert/strict";
import { test } from "node:test";
import { hookKinds } from "../../../../src/oci/hook-kinds.ts";
import { faults } from "../../../helpers/documents.ts";

for (const kind of hookKinds) {
  test(`checkHooks() demands absolute paths of ${kind} hooks`, () => {
    assert.deepEqual(faults({ hooks: { [kind]: [{ path: "/bin/true" }, { path: "true" }] } }), [
      `/hooks/${kind}/1/path: must be an absolute path, found "true"`,
    ]);
  });
}
