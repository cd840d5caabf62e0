import assert from "node:assert/strict";
import { test } from "node:test";
import { effectiveRules } from "../../../../src/cgroups/device-rules.ts";
import { changes, devicesOf, listOf, parseList } from "../../../../src/cgroups/v1/device-list.ts";
import type { DeviceRule } from "../../../../src/oci/types.ts";

/** Rules as `+c 1:3 rw` (allow) and `-c 1:* m` (deny); `*` is any number. */
function rule(text: string): DeviceRule {
  const [type = "", numbers = "", access = ""] = text.slice(1).split(" ");
  const [major, minor] = numbers.split(":").map((number) => (number === "*" ? -1 : Number(number)));
  return { allow: text[0] === "+", type: type as "c", major: major ?? -1, minor: minor ?? -1, access };
}

/** What rules come to, the default devices left out, as devices.list would show it; "others" first where they are allowed. */
function result(...rules: string[]): string[] {
  const { allowsOthers, exceptions } = listOf(
    effectiveRules({ devices: rules.map(rule) }).filter(
      ({ pointer }) => pointer !== "/linux/resources/devices",
    ),
  );
  return [...(allowsOthers ? ["others"] : []), ...exceptions.map((one) => `${devicesOf(one)} ${one.access}`)];
}

const cases: readonly (readonly [title: string, rules: readonly string[], list: readonly string[]])[] = [
  ["joins what is allowed of the same devices", ["+c 1:3 r", "+c 1:3 w"], ["c 1:3 rw"]],
  ["keeps what is said of others apart", ["+c 1:3 r", "+b 1:3 w"], ["c 1:3 r", "b 1:3 w"]],
  ["takes away what is denied later", ["+c 1:3 rwm", "-c 1:3 w"], ["c 1:3 rm"]],
  ["drops what nothing is left of", ["+c 1:3 rw", "-c 1:3 rw"], []],
  ["takes away by a wider rule", ["+c 1:3 rw", "+c 2:3 rw", "-c 1:* w"], ["c 1:3 r", "c 2:3 rw"]],
  ["takes away by a rule for all of the kind", ["+c 1:3 rw", "+b 1:3 rw", "-c *:* rwm"], ["b 1:3 rw"]],
  ["denies nothing that wasn't allowed", ["-c 1:3 rwm"], []],
  ["begins anew with a rule for everything", ["+c 1:3 rw", "-a *:* rwm", "+c 1:5 r"], ["c 1:5 r"]],
  ["lists what is denied where others are allowed", ["+a *:* rwm", "-c 1:3 w"], ["others", "c 1:3 w"]],
  [
    "allows again what was denied",
    ["+a *:* rwm", "-c 1:3 rw", "-b 8:0 w", "+c 1:3 w"],
    ["others", "c 1:3 r", "b 8:0 w"],
  ],
  ["lets a hole be of another kind of access", ["+c 1:* r", "-c 1:3 w"], ["c 1:* r"]],
];

for (const [title, rules, list] of cases) {
  test(`listOf() ${title}`, () => assert.deepEqual(result(...rules), list));
}

for (const [rules, message] of [
  [["+c 1:* rw", "-c 1:3 w"], "cgroup v1 cannot except c 1:3 w from the device rule c 1:* rw before it"],
  [["+c *:* m", "-c 1:3 m"], "cgroup v1 cannot except c 1:3 m from the device rule c *:* m before it"],
  [["+c *:7 r", "-c 1:* r"], "cgroup v1 cannot except c 1:* r from the device rule c *:7 r before it"],
  [
    ["+a *:* rwm", "-c 1:* rwm", "+c 1:3 r"],
    "cgroup v1 cannot except c 1:3 r from the device rule c 1:* rwm before it",
  ],
] as const) {
  test(`listOf() refuses ${rules.join(", ")}, which the kernel would pass over`, () => {
    const pointer = `/linux/resources/devices/${rules.length - 1}`;
    assert.throws(() => result(...rules), { message, pointer });
  });
}

/** Lists as devices.list shows them, and what makes the second of the first: `+` for devices.allow, `-` for devices.deny. */
const transitions: readonly (readonly [from: string, to: string, lines: readonly string[]])[] = [
  ["a *:* rwm\n", "c 1:3 rw\n", ["-all", "+c 1:3 rw"]],
  ["c 1:3 rwm\nc 1:5 r\n", "c 1:3 rwm\nc 1:5 r\n", []],
  ["c 1:3 rwm\nc 1:5 r\n", "c 1:3 rw\nc 136:* rwm\n", ["+c 136:* rwm", "-c 1:3 m", "-c 1:5 r"]],
  ["c 1:3 r\n", "c 1:3 rw\n", ["+c 1:3 w"]],
  ["c 1:3 r\n", "a *:* rwm\n", ["+all"]],
  ["", "b *:* m\n", ["+b *:* m"]],
];

for (const [from, to, lines] of transitions) {
  test(`changes() from ${JSON.stringify(from)} to ${JSON.stringify(to)} are ${lines.join(", ") || "none"}`, () => {
    const found = changes(parseList(from), parseList(to)).map(({ allow, exception }) => {
      const what = exception === undefined ? "all" : `${devicesOf(exception)} ${exception.access}`;
      return `${allow ? "+" : "-"}${what}`;
    });
    assert.deepEqual(found, lines);
  });
}
