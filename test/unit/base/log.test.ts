import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { log, setLogSink } from "../../../src/base/log.ts";

afterEach(() => setLogSink(undefined));

test("log hands every message to the sink with its level", () => {
  const seen: string[][] = [];
  setLogSink((level, message) => seen.push([level, message]));
  log.debug("a");
  log.info("b");
  log.warn("c");
  assert.deepEqual(seen, [
    ["debug", "a"],
    ["info", "b"],
    ["warning", "c"],
  ]);
});

test("setLogSink() returns the sink that it replaces, and silence follows the last", () => {
  const seen: string[] = [];
  const sink = (_level: string, message: string) => seen.push(message);
  assert.equal(setLogSink(sink), undefined);
  assert.equal(setLogSink(undefined), sink);
  log.warn("unheard");
  assert.deepEqual(seen, []);
});
