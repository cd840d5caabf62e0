import assert from "node:assert/strict";
import { test } from "node:test";
import { lazy } from "../../../src/base/lazy.ts";

test("lazy() makes its value at the first use, and once", () => {
  let made = 0;
  const value = lazy(() => ({ number: ++made }));
  assert.equal(made, 0);
  assert.equal(value(), value());
  assert.equal(made, 1);
});

test("lazy() keeps a value of undefined", () => {
  let made = 0;
  const value = lazy(() => {
    made++;
  });
  value();
  value();
  assert.equal(made, 1);
});

test("lazy() tries again after a failure", () => {
  let attempts = 0;
  const value = lazy(() => {
    if (++attempts === 1) {
      throw new Error("not yet");
    }
    return attempts;
  });
  assert.throws(value, { message: "not yet" });
  assert.equal(value(), 2);
});
