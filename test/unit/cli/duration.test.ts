import assert from "node:assert/strict";
import { test } from "node:test";
import { intervalOf, parseDuration } from "../../../src/cli/duration.ts";

// The examples of Go's documentation of time.ParseDuration, and its limits.
const durations: readonly [text: string, milliseconds: number | undefined][] = [
  ["300ms", 300],
  ["-1.5h", -5_400_000],
  ["2h45m", 9_900_000],
  ["1h15m30.918s", 4_530_918],
  ["5s", 5000],
  ["+5s", 5000],
  [".5s", 500],
  ["1.s", 1000],
  ["250us", 0.25],
  ["250µs", 0.25],
  ["250μs", 0.25],
  ["1000000ns", 1],
  ["0", 0],
  ["0s", 0],
  ["5", undefined],
  ["", undefined],
  ["-", undefined],
  ["s", undefined],
  [".s", undefined],
  ["5 s", undefined],
  ["5s ", undefined],
  ["5d", undefined],
  ["1e3s", undefined],
  ["--5s", undefined],
  ["2562047h", 9_223_369_200_000],
  ["2562048h", undefined],
];

for (const [text, milliseconds] of durations) {
  test(`parseDuration() of ${JSON.stringify(text)} is ${milliseconds}`, () => {
    const found = parseDuration(text);
    if (milliseconds === undefined || found === undefined) assert.equal(found, milliseconds);
    else assert.ok(Math.abs(found - milliseconds) < 1e-6, String(found));
  });
}

test("intervalOf() refuses what is no duration, in the words of Go's flags", () => {
  const message = 'invalid value "x" for flag -interval: parse error';
  assert.throws(() => intervalOf("x", "events"), { message, topic: "events" });
});

for (const text of ["0", "0.0001ns", "0s", "-5s"]) {
  test(`intervalOf() refuses ${text}, in runc's words`, () => {
    assert.throws(() => intervalOf(text, "events"), { message: "duration interval must be greater than 0" });
  });
}

test("parseDuration() goes through a long text once", () => {
  assert.equal(parseDuration(`${"0".repeat(100_000)}!`), undefined);
  assert.equal(parseDuration(`${"0".repeat(100_000)}1s`), 1000);
  assert.equal(parseDuration("1s".repeat(30_000)), 30_000_000);
});
