import assert from "node:assert/strict";
import { test } from "node:test";
import { frame } from "../../../src/cli/live-screen.ts";

/** The lines of a frame without what controls the terminal. */
function lines(text: string, rows: number, columns: number): string[] {
  const drawn = frame(text, rows, columns);
  assert.ok(drawn.startsWith("\x1b[H"), "begins at the top");
  assert.ok(drawn.endsWith("\x1b[K\x1b[J"), "clears what was below");
  return drawn
    .slice(3, -3)
    .split("\r\n")
    .map((line) => line.replace("\x1b[K", ""));
}

test("frame() draws what fits", () => {
  assert.deepEqual(lines("a\nb\n", 2, 80), ["a", "b"]);
});

test("frame() cuts lines before the last column", () => {
  assert.deepEqual(lines("abcdef\nabc\nü💡xy\n", 3, 4), ["abc", "abc", "ü💡x"]);
});

test("frame() says how many lines it leaves out", () => {
  assert.deepEqual(lines("a\nb\nc\nd\n", 3, 80), ["a", "b", "… and 2 more (a higher window shows them)"]);
});
