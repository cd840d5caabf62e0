import assert from "node:assert/strict";
import { test } from "node:test";
import { parseResources } from "../../../src/oci/load-resources.ts";

test("parseResources() takes what linux.resources may be, null for absence and properties that are unknown", () => {
  const text = '{"memory":{"limit":-1,"swap":null},"cpu":null,"unified":{"cpu.max":"max"},"toys":[1]}';
  assert.deepEqual(parseResources(text, "r"), {
    memory: { limit: -1 },
    unified: { "cpu.max": "max" },
    toys: [1],
  });
});

test("parseResources() keeps integers that doubles don't hold", () => {
  const { memory } = parseResources('{"memory":{"limit":9223372036854775807}}', "r");
  assert.equal(memory?.limit, 2n ** 63n - 1n);
});

const faults: readonly (readonly [text: string, message: string])[] = [
  ["{", "invalid r: line 1, column 2: expected a property name in double quotes, found the end of the text"],
  ["3", "invalid r: the document: expected an object, found 3"],
  [
    '{"memory":{"limit":"1"},"cpu":{"shares":-1}}',
    'invalid r (2 faults): /memory/limit: expected an integer, found "1"; /cpu/shares: expected an integer >= 0, found -1',
  ],
  [
    '{"memory":{"limit":8,"swap":4}}',
    "invalid r: /memory/swap: counts memory and swap, so it must not be below limit (8), found 4",
  ],
  ['{"unified":{"a/b":"1"}}', "invalid r: /unified/a~1b: must be a file name (no slashes)"],
  ['{"cpu":{"cpus":"0\\u0000"}}', "invalid r: /cpu/cpus: must not contain a NUL character"],
];

for (const [text, message] of faults) {
  test(`parseResources() refuses ${text}`, () => {
    assert.throws(() => parseResources(text, "r"), { message });
  });
}

test("parseResources() bears a document that is nested without end", () => {
  const text = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
  assert.throws(() => parseResources(text, "r"), { message: "invalid r: nested too deep" });
});
