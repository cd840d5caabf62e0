import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseJsonExactly, stringifyExactly } from "../../../src/oci/exact-integers.ts";

test("parseJsonExactly() makes bigints of what doubles don't hold, and of nothing else", () => {
  const text = `{"a":18446744073709551615,"b":[9007199254740993,-9223372036854775807 ,1],
    "c":9223372036854775808,"d":9007199254740992,"e":1.2345678901234567890,"f":12345678901234567e3,"g":1e30}`;
  assert.deepEqual(parseJsonExactly(text), {
    a: 2n ** 64n - 1n,
    b: [2n ** 53n + 1n, 1n - 2n ** 63n, 1],
    c: 2 ** 63,
    d: 2 ** 53,
    e: 1.2345678901234567,
    f: 12345678901234567e3,
    g: 1e30,
  });
  assert.equal(parseJsonExactly(`[${"9".repeat(400)}]`)?.toString(), "9".repeat(400));
});

test("parseJsonExactly() leaves strings and names alone", () => {
  const document = {
    "18446744073709551615": ': 18446744073709551615, "\\',
    mark: "\u00011",
    x: [": [12345678901234567891"],
  };
  const text = JSON.stringify(document);
  assert.deepEqual(parseJsonExactly(text), document);
  assert.deepEqual(parseJsonExactly(`{"a":"\\u0001\\u0002","b":18446744073709551615}`), {
    a: "\u0001\u0002",
    b: 2n ** 64n - 1n,
  });
});

test("parseJsonExactly() and stringifyExactly() take no string for a number, whatever control characters it has", () => {
  const all = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
  const strings = all.flatMap((character) => [`${character}12`, `${character.repeat(3)}12`, `${character}x`]);
  const document = { strings, number: 2n ** 64n - 1n };
  const text = stringifyExactly(document);
  assert.ok(text.endsWith(`"number":18446744073709551615}`));
  assert.deepEqual(parseJsonExactly(text), document);
  assert.deepEqual(
    parseJsonExactly(text.replaceAll("\\b", "\\u0008").replaceAll("\\u001f", "\\u001F")),
    document,
  );
});

test("parseJsonExactly() keeps every integer of 64 bits, and documents without any as they are", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
      const [parsed] = parseJsonExactly(`[${value}]`) as [number | bigint];
      assert.equal(BigInt(parsed), value);
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      assert.equal(stringifyExactly(parseJsonExactly(text)), text);
    }),
  );
});

test("parseJsonExactly() finds long integers wherever a value may be, and none in strings", () => {
  const long = 2n ** 53n + 1n;
  const texts = [`[${long}]`, `{"a":${long}}`, `[1,-${long}]`, `[1,\n ${long}]`, `${long}`];
  for (const text of texts)
    assert.match(stringifyExactly(parseJsonExactly(text)), new RegExp(`${long}`), text);
  for (const text of [`{"id":"${long}"}`, `["a, ${long}"]`])
    assert.deepEqual(parseJsonExactly(text), JSON.parse(text));
});

test("stringifyExactly() is the way back", () => {
  const document = { a: 2n ** 64n - 1n, b: ["\u00011", "\\u00012", { c: -(2n ** 63n) + 1n }], d: 1 };
  const text = stringifyExactly(document);
  assert.match(text, /^\{"a":18446744073709551615,/);
  assert.deepEqual(parseJsonExactly(text), document);
  assert.equal(stringifyExactly({ a: [1, "2"] }), '{"a":[1,"2"]}');
  const circle: unknown[] = [];
  circle.push(circle);
  assert.throws(() => stringifyExactly(circle), TypeError);
});
