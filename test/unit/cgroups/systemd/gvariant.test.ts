import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fits, type Literal, parseVariant } from "../../../../src/cgroups/systemd/gvariant.ts";

const integer = (value: bigint): Literal => ({ kind: "integer", value });
const string = (value: string): Literal => ({ kind: "string", value });
const array = (...items: Literal[]): Literal => ({ kind: "array", items });

/** Texts of GVariant's documentation and of engines' annotations. */
const texts: readonly (readonly [text: string, value: Literal])[] = [
  ["true", { kind: "boolean", value: true }],
  [" false ", { kind: "boolean", value: false }],
  ["boolean true", { kind: "boolean", value: true }],
  ["10", integer(10n)],
  ["-7", integer(-7n)],
  ["+7", integer(7n)],
  ["0x1F", integer(31n)],
  ["-0x1f", integer(-31n)],
  ["010", integer(8n)],
  ["0", integer(0n)],
  ["uint64 123456789", integer(123456789n)],
  ["uint64 18446744073709551615", integer(2n ** 64n - 1n)],
  ["int32 -2147483648", integer(-(2n ** 31n))],
  ["byte 0xff", integer(255n)],
  ["@t 5", integer(5n)],
  ["1.5", { kind: "fraction", value: 1.5 }],
  ["double 2", integer(2n)],
  ["1e3", { kind: "fraction", value: 1000 }],
  ["-1.", { kind: "fraction", value: -1 }],
  ["'inactive-or-failed'", string("inactive-or-failed")],
  ['"it\'s"', string("it's")],
  [String.raw`'it\'s\n\t\\ \u00e4 \U0001F600'`, string("it's\n\t\\ ä 😀")],
  ["objectpath '/a'", string("/a")],
  ["''", string("")],
  ["['a', \"b\"]", array(string("a"), string("b"))],
  ["@as []", array()],
  ["[]", array()],
  ["[byte 1, 2]", array(integer(1n), integer(2n))],
  ["@ay [0x01, 0x02]", array(integer(1n), integer(2n))],
  [String.raw`b'\001a\n'`, { kind: "bytes", value: Uint8Array.from([1, 97, 10, 0]) }],
  ['@ay b"x"', { kind: "bytes", value: Uint8Array.from([120, 0]) }],
  ["['crio.service']", array(string("crio.service"))],
];

for (const [text, value] of texts) {
  test(`parseVariant() reads ${text}`, () => assert.deepEqual(parseVariant(text), value));
}

for (const [text, message] of [
  ["", /^a value is missing$/],
  ["uint64", /^a value is missing$/],
  ["text", /^unknown type "text" \(text stands in quotes: 'text'\)$/],
  ["inactive-or-failed", /^unexpected/],
  ["'open", /^unexpected "'open"$/],
  ["1 2", /^unexpected "2" after the value$/],
  ["[1", /is missing in an array|a value is missing/],
  ["[1 2]", /^"," or "]" is missing in an array$/],
  ["[1,]", /^unexpected "]"$/],
  ["[,]", /^unexpected ","$/],
  ["[[1]]", /^unexpected "\["$/],
  ["]", /^unexpected "]"$/],
  ["(1, 2)", /^unexpected "\(1, 2\)"$/],
  ["{'a': 1}", /^unexpected/],
  ["<1>", /^unexpected/],
  ["0x", /^unexpected/],
  ["089", /^089 begins as an octal number does$/],
  ["12abc", /^unexpected/],
  ["byte 256", /^the value is not of the type y$/],
  ["uint32 -1", /^the value is not of the type u$/],
  ["uint64 18446744073709551616", /^the value is not of the type t$/],
  ["string 5", /^the value is not of the type s$/],
  ["@as ['a', 5]", /^the value is not of the type as$/],
  ["@as 'a'", /^the value is not of the type as$/],
  ["uint64 uint64 5", /^unexpected "uint64"$/],
  [String.raw`'\u12'`, /no character/],
  [String.raw`'\U00110000'`, /no character/],
  [String.raw`'\u0000'`, /characters in it that no text can have/],
  [String.raw`'\ud800'`, /characters in it that no text can have/],
  ["'\0'", /characters in it that no text can have/],
  ["b'ä€'", /letters that are none/],
  ["true false", /after the value/],
  ["trueish", /^unknown type/],
] as const) {
  test(`parseVariant() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseVariant(text), { name: "SyntaxError", message });
  });
}

/** As GVariant prints it. */
function print(literal: Literal): string {
  switch (literal.kind) {
    case "string":
      return `'${literal.value.replace(/['\\]/g, "\\$&").replaceAll("\n", "\\n")}'`;
    case "bytes":
      return `b'${[...literal.value.slice(0, -1)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("")}'`;
    case "array":
      return `[${literal.items.map(print).join(", ")}]`;
    default:
      return String(literal.value);
  }
}

const character = fc
  .string({ unit: "binary", minLength: 1, maxLength: 1 })
  .filter((letter) => letter !== "\0");
const scalars = fc.oneof(
  fc.boolean().map((value): Literal => ({ kind: "boolean", value })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map(integer),
  fc.string({ unit: character }).map(string),
  fc.uint8Array().map((bytes): Literal => ({ kind: "bytes", value: Uint8Array.from([...bytes, 0]) })),
);
const values = fc.oneof(
  scalars,
  fc.array(scalars).map((items) => array(...items)),
);

test("parseVariant() reads what GVariant prints", () => {
  fc.assert(
    fc.property(values, (value) => assert.deepEqual(parseVariant(print(value)), value)),
    { numRuns: 2000 },
  );
});

const pieces = fc.constantFrom(
  ..."[]{}()<>,:'\"\\@ \n0x1-+.eEb",
  "true",
  "false",
  "uint64",
  "byte",
  "@as",
  "@ay",
  "b'",
  "\\u00",
  "\\U",
  "999999999999999999999",
);

test("parseVariant() reads or refuses any text, and takes it for nothing else", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: pieces }), fc.string({ unit: "binary" })), (text) => {
      try {
        parseVariant(text);
      } catch (error) {
        assert.ok(error instanceof SyntaxError, String(error));
      }
    }),
    { numRuns: 5000 },
  );
});

test("parseVariant() needs no more than moments for long texts", () => {
  for (const text of [
    "[".repeat(1e5),
    "'".repeat(1e5 + 1),
    "\\".repeat(1e5),
    `[${"1,".repeat(1e5)}1]`,
    "1".repeat(1e4),
  ]) {
    try {
      parseVariant(text);
    } catch (error) {
      assert.ok(error instanceof SyntaxError, String(error));
    }
  }
});

for (const [value, type, answer] of [
  [255n, "y", true],
  [256n, "y", false],
  [-1n, "t", false],
  [-1n, "x", true],
  [2n ** 63n, "x", false],
  [1n, "s", false],
] as const) {
  test(`fits() says ${answer} to ${value} as ${type}`, () => assert.equal(fits(value, type), answer));
}
