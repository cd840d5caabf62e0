import assert from "node:assert/strict";
import { test } from "node:test";
import { commonNumbers } from "../../../src/seccomp/syscall-numbers.ts";
import { nameOf, numberOf, numbers } from "../../../src/sys/numbers.ts";

/** Columns of the table that is generated from the kernel's headers. */
const [X64, ARM64] = [0, 3];
for (const [name, [x64, arm64]] of Object.entries(numbers)) {
  test(`numbers.${name} is the kernel's`, () => {
    const row = commonNumbers(name);
    assert.deepEqual([x64, arm64], [row?.[X64], row?.[ARM64]]);
  });
}

test("nameOf() is the way back of numberOf()", () => {
  assert.equal(nameOf(numberOf("execve")), "execve");
  assert.equal(nameOf(0xffff), undefined);
});
