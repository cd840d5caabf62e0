import assert from "node:assert/strict";
import { test } from "node:test";
import { exactJson } from "../../../src/cli/exact-json.ts";

test("exactJson() writes 64-bit integers in full", () => {
  assert.equal(
    exactJson({ limit: 18446744073709551615n, list: [9007199254740993n] }),
    '{"limit":18446744073709551615,"list":[9007199254740993]}',
  );
});

test("exactJson() leaves out what is undefined and keeps null", () => {
  assert.equal(exactJson({ a: undefined, b: null, c: {}, d: [] }), '{"b":null,"c":{},"d":[]}');
});

test("exactJson() writes everything else as Go does", () => {
  assert.equal(exactJson({ "a<b": "x&y", n: 1.5, t: true }), '{"a\\u003cb":"x\\u0026y","n":1.5,"t":true}');
});
