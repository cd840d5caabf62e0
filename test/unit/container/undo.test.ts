import assert from "node:assert/strict";
import { test } from "node:test";
import { setLogSink } from "../../../src/base/log.ts";
import { Undo } from "../../../src/container/undo.ts";

test("Undo takes back last first at the end of its scope", () => {
  const done: string[] = [];
  {
    using undo = new Undo();
    undo.push(() => done.push("first"));
    undo.push(() => done.push("second"));
  }
  assert.deepEqual(done, ["second", "first"]);
});

test("Undo.keep() takes nothing back", () => {
  const done: string[] = [];
  {
    using undo = new Undo();
    undo.push(() => done.push("first"));
    undo.keep();
  }
  assert.deepEqual(done, []);
});

test("Undo tries every action and warns of those that fail", () => {
  const done: string[] = [];
  const warnings: string[] = [];
  const before = setLogSink((level, message) => warnings.push(`${level}: ${message}`));
  try {
    using undo = new Undo();
    undo.push(() => done.push("first"));
    undo.push(() => {
      throw new Error("stuck");
    });
    undo.push(() => done.push("third"));
  } finally {
    setLogSink(before);
  }
  assert.deepEqual(done, ["third", "first"]);
  assert.deepEqual(warnings, ["warning: cleaning up: stuck"]);
});

test("Undo lets the error through that ended its scope", () => {
  const done: string[] = [];
  assert.throws(
    () => {
      using undo = new Undo();
      undo.push(() => done.push("undone"));
      throw new Error("the reason");
    },
    { message: "the reason" },
  );
  assert.deepEqual(done, ["undone"]);
});

test("Undo takes back once", () => {
  let count = 0;
  const undo = new Undo();
  undo.push(() => count++);
  undo[Symbol.dispose]();
  undo[Symbol.dispose]();
  assert.equal(count, 1);
});
