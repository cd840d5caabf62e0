import assert from "node:assert/strict";
import { test } from "node:test";
import { accountName } from "../../../src/sys/account.ts";

test("accountName() finds an account by its number, and none where there is none", () => {
  assert.equal(accountName(0), "root");
  assert.equal(accountName(65534), "nobody");
  assert.equal(accountName(4_000_000_000), undefined);
});
