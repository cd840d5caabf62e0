import assert from "node:assert/strict";
import { test } from "node:test";
import { capabilityNames } from "../../../src/oci/capabilities.ts";

test("capabilityNames are numbered as the kernel numbers them", () => {
  // linux/capability.h: first, last, and some between that would move if a line were lost.
  const numbers = { CAP_CHOWN: 0, CAP_SETPCAP: 8, CAP_SYS_ADMIN: 21, CAP_SETFCAP: 31, CAP_BPF: 39 };
  for (const [name, number] of Object.entries(numbers)) {
    assert.equal(capabilityNames[number], name);
  }
  assert.equal(capabilityNames.indexOf("CAP_CHECKPOINT_RESTORE"), 40);
  assert.equal(new Set(capabilityNames).size, 41);
});
