import assert from "node:assert/strict";
import { test } from "node:test";
import { effectiveRules } from "../../../../src/cgroups/device-rules.ts";
import { deviceProgram } from "../../../../src/cgroups/v2/device-program.ts";
import type { DeviceRule } from "../../../../src/oci/types.ts";
import { runDeviceProgram } from "../../../helpers/device-bpf.ts";

/** What the program for these rules answers to `c 1:3 rw` and the like. */
function answer(rules: readonly DeviceRule[], question: string): boolean {
  const [type = "", major = 0, minor = 0, access = ""] = question.split(/[ :]/);
  const context = { type, major: Number(major), minor: Number(minor), access };
  return runDeviceProgram(deviceProgram(effectiveRules({ devices: rules })), context);
}

const cases: readonly (readonly [question: string, allowed: boolean])[] = [
  ["c 1:3 rw", true],
  ["c 1:3 rwm", true],
  ["c 1:4 m", true],
  ["c 1:4 r", false],
  ["b 8:0 m", true],
  ["b 8:0 rm", false],
  ["c 136:77 rw", true],
  ["b 1:3 r", false],
];
for (const [question, allowed] of cases) {
  test(`deviceProgram() ${allowed ? "allows" : "denies"} ${question} by default`, () => {
    assert.equal(answer([{ allow: false, access: "rwm" }], question), allowed);
  });
}

test("deviceProgram() lets a later rule win over an earlier one", () => {
  const rules: DeviceRule[] = [
    { allow: true, type: "b", major: 8, access: "rw" },
    { allow: false, type: "b", major: 8, minor: 1, access: "w" },
  ];
  assert.deepEqual(
    ["b 8:0 rw", "b 8:1 r", "b 8:1 w", "b 8:1 rw"].map((question) => answer(rules, question)),
    [true, true, false, false],
  );
});

test("deviceProgram() adds up what several rules grant", () => {
  const rules: DeviceRule[] = [
    { allow: true, type: "b", major: 8, minor: 0, access: "r" },
    { allow: true, type: "b", major: 8, access: "w" },
  ];
  assert.equal(answer(rules, "b 8:0 rw"), true);
  assert.equal(answer(rules, "b 8:1 rw"), false);
});

test("deviceProgram() allows everything where the config does", () => {
  assert.equal(answer([{ allow: true, access: "rwm" }], "b 259:1048575 rwm"), true);
});
