import assert from "node:assert/strict";
import { test } from "node:test";
import { findMismatch, linesOf, parseSchemata } from "../../../src/resctrl/schemata.ts";

const actual = "    MB:0= 50;1=100\n    L3:0=00ff;1=f\n";

test("parseSchemata() reads what the kernel writes", () => {
  const seen = [...parseSchemata(actual)].map(([resource, domains]) => [resource, [...domains]]);
  assert.deepEqual(seen, [
    [
      "MB",
      [
        ["0", "50"],
        ["1", "100"],
      ],
    ],
    [
      "L3",
      [
        ["0", "ff"],
        ["1", "f"],
      ],
    ],
  ]);
});

test("parseSchemata() bears anything", () => {
  for (const text of ["", ":", "L3", "L3:", "L3:=;;==", "\n\n:::=1;2=", "x".repeat(1_000_000)]) {
    assert.ok(parseSchemata(text) instanceof Map);
  }
});

test("findMismatch() compares values, not spellings", () => {
  for (const wanted of ["", "L3:0=FF", "L3:1=000f;0=ff", "MB:0=50", "MB:1=0100\nL3: 0 = ff ; 1 = f"]) {
    assert.equal(findMismatch(wanted, actual), undefined, wanted);
  }
});

test("findMismatch() names the first value that differs or is missing", () => {
  assert.equal(findMismatch("L3:0=ff;1=ff", actual), "L3:1=ff, it has f");
  assert.equal(findMismatch("MB:0=5", actual), "MB:0=5, it has 50");
  assert.equal(findMismatch("L3:2=f", actual), "L3:2=f, which it lacks");
  assert.equal(findMismatch("L2:0=f", actual), "L2:0=f, which it lacks");
  assert.equal(findMismatch("L3:0=zz", actual), "L3:0=zz, it has ff");
});

test("linesOf() takes the lines of the resources that others are about", () => {
  assert.equal(linesOf(actual, "L3:0=1"), "L3:0=00ff;1=f");
  assert.equal(linesOf(actual, "MB:0=10\nL3:1=3"), "MB:0= 50;1=100\nL3:0=00ff;1=f");
  assert.equal(linesOf(actual, "L2:0=1"), "");
});
