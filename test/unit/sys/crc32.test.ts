import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "../../../src/sys/crc32.ts";

test("crc32() is that of ISO 3309", () => {
  assert.equal(crc32("123456789"), 0xcbf43926);
  assert.equal(crc32(""), 0);
});
