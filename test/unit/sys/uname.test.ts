import assert from "node:assert/strict";
import { release } from "node:os";
import { test } from "node:test";
import { local } from "../../../src/sys/local.ts";
import { kernelRelease } from "../../../src/sys/uname.ts";

test("kernelRelease() is what uname -r says", () => {
  assert.equal(kernelRelease(local), release());
});
