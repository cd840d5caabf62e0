import assert from "node:assert/strict";
import { test } from "node:test";
import { capabilityNames, capabilitySets } from "../../../../src/oci/capabilities.ts";
import { faults, warnings } from "../../../helpers/documents.ts";

test("checkCapabilities() knows every capability in every set", () => {
  const capabilities = Object.fromEntries(capabilitySets.map((set) => [set, capabilityNames]));
  assert.deepEqual(warnings({ process: { capabilities } }), []);
});

test("checkCapabilities() warns of an unknown capability and lets it pass", () => {
  const patch = { process: { capabilities: { bounding: ["CAP_KILL", "KILL", "CAP_FUTURE_WORK"] } } };
  assert.deepEqual(faults(patch), []);
  assert.deepEqual(warnings(patch), [
    '/process/capabilities/bounding/1: ignoring unknown capability "KILL" (did you mean "CAP_KILL"?)',
    '/process/capabilities/bounding/2: ignoring unknown capability "CAP_FUTURE_WORK"',
  ]);
});
