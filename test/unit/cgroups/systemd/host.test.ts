import assert from "node:assert/strict";
import { test } from "node:test";
import { parseVersion } from "../../../../src/cgroups/systemd/host.ts";

/** What systemd's property Version says on several distributions. */
for (const [text, version] of [
  ["219", 219],
  ["v245.4-1.fc32", 245],
  ["241-1", 241],
  ["257.9-1~deb13u1", 257],
  ['"252.39-1~deb12u1"', 252],
  ["258~rc1", 258],
  ["", -1],
  ["v", -1],
  ["unknown", -1],
] as const) {
  test(`parseVersion() reads ${version} in ${JSON.stringify(text)}`, () =>
    assert.equal(parseVersion(text), version));
}
