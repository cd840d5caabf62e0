import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeSystemd } from "../../../../src/doctor/judge/systemd.ts";
import type { SystemdFacts } from "../../../../src/doctor/read/systemd.ts";

const both: SystemdFacts = { booted: true, library: true, system: { version: 257 }, user: { version: 257 } };
const silent = { version: 0, refusal: "cannot talk to systemd: connection refused" };

const rows: readonly (readonly [
  what: string,
  facts: SystemdFacts,
  isRoot: boolean,
  lacks: readonly string[],
])[] = [
  ["both", both, true, []],
  ["none", { booted: false, library: true, system: undefined, user: undefined }, true, ["systemd missing"]],
  ["one without a library", { ...both, library: false }, true, ["libsystemd missing"]],
  ["the system's that is silent, for root", { ...both, system: silent }, true, ["systemd missing"]],
  ["the system's that is silent, for a user", { ...both, system: silent }, false, ["systemd limited"]],
  ["no user's, for root", { ...both, user: undefined }, true, ["user's systemd limited"]],
  ["no user's, for a user", { ...both, user: undefined }, false, ["user's systemd missing"]],
];

for (const [what, facts, isRoot, lacks] of rows) {
  test(`judgeSystemd() of ${what}`, () => {
    const found = judgeSystemd(facts, isRoot).filter(({ state }) => state !== "ok");
    assert.deepEqual(
      found.map(({ name, state }) => `${name} ${state}`),
      lacks,
    );
  });
}

test("judgeSystemd() says what was answered", () => {
  const [, system, user] = judgeSystemd({ ...both, system: silent, user: { version: -1 } }, true);
  assert.equal(system?.found, silent.refusal);
  assert.equal(user?.found, "answers");
});
