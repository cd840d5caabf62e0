import assert from "node:assert/strict";
import { test } from "node:test";
import { effectiveRules } from "../../../src/cgroups/device-rules.ts";
import { toFiles } from "../../../src/cgroups/v1/devices.ts";

const always = [
  "devices.allow=c *:* m",
  "devices.allow=b *:* m",
  ...[3, 5, 7, 8, 9].map((minor) => `devices.allow=c 1:${minor} rwm`),
  "devices.allow=c 5:0 rwm",
  "devices.allow=c 5:2 rwm",
  "devices.allow=c 136:* rwm",
];

function lines(...rules: Parameters<typeof effectiveRules>[0]["devices"] & readonly unknown[]): string[] {
  return toFiles({ devices: rules }).map(({ file, value }) => `${file}=${value}`);
}

test("toFiles() denies everything and allows the default devices where nothing is asked for", () => {
  assert.deepEqual(lines(), ["devices.deny=a *:* rwm", ...always]);
});

test("toFiles() doesn't deny everything twice", () => {
  assert.deepEqual(lines({ allow: false, access: "rwm" }), ["devices.deny=a *:* rwm", ...always]);
});

test("toFiles() says what the rules come to in their order, before the default devices", () => {
  const rules = lines(
    { allow: false, access: "rwm" },
    { allow: true, type: "c", major: 10, minor: 229, access: "mwr" },
    { allow: true, type: "b", major: 10, minor: 200, access: "r" },
    { allow: false, type: "c", major: 10, access: "w" },
    { allow: true, type: "c", major: -1, minor: 7, access: "r" },
  );
  assert.deepEqual(rules, [
    "devices.deny=a *:* rwm",
    "devices.allow=c 10:229 rm",
    "devices.allow=b 10:200 r",
    "devices.allow=c *:7 r",
    ...always,
  ]);
});

test("toFiles() allows everything where the config does", () => {
  assert.deepEqual(lines({ allow: true, type: "a" }), ["devices.allow=a *:* rwm"]);
});

test("toFiles() leaves a rule out that is about no kind of access", () => {
  assert.deepEqual(lines({ allow: true, type: "c", major: 1, access: "" }), [
    "devices.deny=a *:* rwm",
    ...always,
  ]);
});

for (const rule of [
  { allow: true, type: "a", major: 1, access: "rwm" },
  { allow: true, access: "r" },
]) {
  test(`effectiveRules() refuses ${JSON.stringify(rule)}, of which the kernel would take the type alone`, () => {
    assert.throws(() => effectiveRules({ devices: [rule] }), { pointer: "/linux/resources/devices/0" });
  });
}
