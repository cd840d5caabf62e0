import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findSyntaxFault } from "../../../src/oci/json-syntax.ts";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const cases: readonly [text: string, line: number, column: number, expected: string, found: string][] = [
  ["", 1, 1, "a value", "the end of the text"],
  ["{", 1, 2, "a property name in double quotes", "the end of the text"],
  ['{"a"}', 1, 5, '":"', '"}"'],
  ['{"a":1,}', 1, 8, "a property name in double quotes", '"}"'],
  ['{\n "a": 1\n "b": 2}', 3, 2, '"," or "}"', '"\\""'],
  ["[1,\n\t2 3]", 2, 4, '"," or "]"', '"3"'],
  ["[01]", 1, 3, '"," or "]"', '"1"'],
  ["{a: 1}", 1, 2, "a property name in double quotes", '"a"'],
  ['["a', 1, 4, "the rest of a string", "the end of the text"],
  ['["a\n"]', 1, 4, "the rest of a string", '"\\n"'],
  ['["\\x"]', 1, 3, "a valid escape", '"\\\\"'],
  ["[tru]", 1, 2, "a value", '"t"'],
  ["{} {}", 1, 4, "the end of the text", '"{"'],
  ["// comment\n{}", 1, 1, "a value", '"/"'],
  ["\ufeff{}", 1, 1, "a value", '"\ufeff"'],
];

for (const [text, line, column, expected, found] of cases) {
  test(`findSyntaxFault() finds the fault of ${JSON.stringify(text)}`, () => {
    assert.deepEqual(findSyntaxFault(text), { line, column, expected, found });
  });
}

test("findSyntaxFault() finds a fault exactly where JSON.parse does", () => {
  const characters = [...'{}[]",:\\u0a1-.eE+ \n\ttrufalsn\u0001é'];
  const text = fc.oneof(
    fc.array(fc.constantFrom(...characters), { maxLength: 12 }).map((list) => list.join("")),
    fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", ...characters)).map(([json, place, added]) => {
      const cut = place % (json.length + 1);
      return json.slice(0, cut) + added + json.slice(cut + 1);
    }),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      assert.equal(findSyntaxFault(candidate) === undefined, isJson(candidate));
    }),
    { numRuns: 3000, seed: 1 },
  );
});

test("findSyntaxFault() gives up on a text nested too deep to walk", () => {
  assert.equal(findSyntaxFault("[".repeat(1_000_000)), undefined);
});
