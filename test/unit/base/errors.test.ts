import assert from "node:assert/strict";
import { test } from "node:test";
import { containerTexts, messageOf, TsrunError } from "../../../src/base/errors.ts";

test("containerTexts keeps the words that engines look for", () => {
  // containerd, cmd/containerd-shim-runc-v2/process/utils.go: an error that has these words in it is "not found".
  assert.match(containerTexts.notExist, /does not exist/);
  // The same file and go-runc: killing what has ended is no failure.
  assert.match(containerTexts.notRunning, /container not running/);
  // runc, libcontainer/error.go, to the letter.
  assert.deepEqual(containerTexts, {
    notExist: "container does not exist",
    exists: "container with given ID already exists",
    notRunning: "container not running",
    paused: "container paused",
    notPaused: "container not paused",
    creating: "cannot start a container that is still being created",
    stopped: "cannot start a container that has stopped",
    running: "cannot start an already running container",
  });
});

test("TsrunError keeps its cause, its place in config.json and its hint", () => {
  const cause = new Error("below");
  const error = new TsrunError("above", { cause, pointer: "/process/args", hint: "try again" });
  assert.deepEqual(
    [error.message, error.cause, error.pointer, error.hint],
    ["above", cause, "/process/args", "try again"],
  );
  assert.ok(!("cause" in new TsrunError("alone")));
});

test("messageOf() reads whatever was thrown", () => {
  assert.equal(messageOf(new TsrunError("text")), "text");
  assert.equal(messageOf("a string"), "a string");
  assert.equal(messageOf(7), "7");
});
