import assert from "node:assert/strict";
import { openSync } from "node:fs";
import { test } from "node:test";
import { TsrunError } from "../../../src/base/errors.ts";
import { asExecError } from "../../../src/base/exec-error.ts";
import { errorText } from "../../../src/cli/error-text.ts";

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

const shapes: readonly (readonly [name: string, thrown: unknown, text: string])[] = [
  ["a single error", new TsrunError("container does not exist"), "container does not exist"],
  ["a chain", new TsrunError("a", { cause: new TsrunError("b", { cause: new Error("c") }) }), "a: b: c"],
  ["a cause that is no error", new TsrunError("a", { cause: "text" }), "a: text"],
  ["a cause that its wrapper has quoted already", new TsrunError("a: b", { cause: new Error("b") }), "a: b"],
  ["a link without a text", new TsrunError("a", { cause: new Error("", { cause: new Error("c") }) }), "a: c"],
  ["a pointer", new TsrunError("a", { pointer: "/process/args" }), "a (config.json: /process/args)"],
  ["a pointer to the whole document", new TsrunError("a", { pointer: "" }), "a (config.json: /)"],
  [
    "the innermost pointer of several",
    new TsrunError("a", { pointer: "/mounts", cause: new TsrunError("b", { pointer: "/mounts/3" }) }),
    "a: b (config.json: /mounts/3)",
  ],
  ["a hint", new TsrunError("a", { hint: "try b" }), "a; try b"],
  [
    "a pointer and a hint below",
    new TsrunError("a", { cause: new TsrunError("b", { pointer: "/root", hint: "try c" }) }),
    "a: b (config.json: /root); try c",
  ],
  ["several lines", new Error("one\n\n  two\nthree\n"), "one; two; three"],
  ["what would steer a terminal", new Error("a\u001b[31m\r\tb\u0085"), "a\\u001b[31m\\u000d\\u0009b\\u0085"],
  ["no more than anybody reads", new Error("a".repeat(20_000)), `${"a".repeat(16_384)} …`],
  ["a thrown string", "text", "text"],
];

for (const [name, thrown, text] of shapes) {
  test(`errorText() prints ${name}`, () => {
    assert.equal(errorText(thrown), text);
  });
}

test("errorText() bears a megabyte of white space", () => {
  assert.equal(errorText(new Error(`a${" ".repeat(1_000_000)}\n${" ".repeat(1_000_000)}b`)), "a; b");
});

test("errorText() ends with a cause that leads back to itself", () => {
  const error = new Error("a");
  error.cause = new TsrunError("b", { cause: error });
  assert.match(errorText(error), /^a: b(: a: b)+$/);
});

test("errorText() gives a failed file operation the form that engines match", () => {
  const cause = caught(() => openSync("/nonexistent/x", "r"));
  assert.equal(
    errorText(new TsrunError("cannot read", { cause })),
    "cannot read: open /nonexistent/x: no such file or directory",
  );
});

test("errorText() says where the process of an exec comes from", () => {
  const cause = new TsrunError("bad", { pointer: "/process/args/0" });
  assert.equal(errorText(asExecError(cause)), "exec failed: bad (config.json: /process/args/0)");
  assert.equal(errorText(asExecError(cause, () => undefined)), "exec failed: bad");
  assert.equal(errorText(asExecError(cause, () => "p.json: /args/0")), "exec failed: bad (p.json: /args/0)");
});
