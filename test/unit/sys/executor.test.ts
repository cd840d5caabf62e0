import assert from "node:assert/strict";
import { test } from "node:test";
import { TsrunError } from "../../../src/base/errors.ts";
import { stepError } from "../../../src/sys/executor.ts";
import { local } from "../../../src/sys/local.ts";
import { SyscallError } from "../../../src/sys/syscall-error.ts";

const badClose = { name: "close", args: [-1] } as const;

test("Executor.within() wraps a failing call in its step", () => {
  assert.throws(
    () => local.within("closing nothing", "/place", () => local.call(badClose)),
    (error) =>
      error instanceof TsrunError &&
      error.message === "closing nothing" &&
      error.pointer === "/place" &&
      error.cause instanceof SyscallError,
  );
});

test("Executor.within() leaves other errors alone", () => {
  const other = new Error("other");
  assert.throws(
    () =>
      local.within("a step", undefined, () => {
        throw other;
      }),
    (error) => error === other,
  );
});

test("Executor.within() names the innermost step, and the outer one again behind it", () => {
  local.within("outer", undefined, () => {
    assert.throws(() => local.within("inner", undefined, () => local.call(badClose)), { message: "inner" });
    assert.equal(local.step?.text, "outer");
  });
  assert.equal(local.step, undefined);
});

test("Executor.within() returns what its action returns", () => {
  assert.equal(
    local.within("a step", undefined, () => 7),
    7,
  );
});

test("stepError() is the call's own error where there is no step", () => {
  const cause = new SyscallError("close", 9, "");
  assert.equal(stepError(undefined, cause), cause);
  assert.equal(stepError({ text: "a step" }, cause).pointer, undefined);
});
