import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../../../src/sys/sha256.ts";

test("sha256() is FIPS 180-4's, of texts and of bytes", () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(sha256("abc"), abc);
  assert.equal(sha256(new TextEncoder().encode("abc")), abc);
});
