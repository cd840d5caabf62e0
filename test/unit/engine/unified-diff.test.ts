import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { unifiedDiff } from "../../../src/engine/unified-diff.ts";
import { withDirectory } from "../../helpers/directory.ts";

const sides = (before: string | undefined, after: string | undefined) =>
  unifiedDiff({ name: "a/file", text: before }, { name: "b/file", text: after });

/** What git makes of a text with a difference. */
function apply(before: string, difference: string): string {
  return withDirectory((directory) => {
    writeFileSync(join(directory, "file"), before);
    execFileSync("git", ["apply", "--unidiff-zero", "--whitespace=nowarn", "-"], {
      cwd: directory,
      input: difference,
      env: { ...process.env, GIT_CEILING_DIRECTORIES: join(directory, "..") },
    });
    return readFileSync(join(directory, "file"), "utf8");
  });
}

/** What diff(1) prints, without the times. */
function reference(before: string, after: string): string {
  return withDirectory((directory) => {
    writeFileSync(join(directory, "before"), before);
    writeFileSync(join(directory, "after"), after);
    const args = ["-u", "--label", "a/file", "--label", "b/file", "before", "after"];
    return spawnSync("diff", args, { cwd: directory, encoding: "utf8" }).stdout;
  });
}

const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `line ${from + index}\n`).join("");

const cases: Readonly<Record<string, readonly [before: string, after: string]>> = {
  "a line changed amid others": [lines(0, 20), lines(0, 20).replace("line 9\n", "line nine\n")],
  "lines added at the end": [lines(0, 10), lines(0, 14)],
  "lines removed at the beginning": [lines(0, 10), lines(2, 10)],
  "two changes far apart": [lines(0, 40), `new\n${lines(0, 40)}`.replace("line 30\n", "")],
  "two changes that share context": [
    lines(0, 12),
    lines(0, 12).replace("line 3\n", "").replace("line 9\n", ""),
  ],
  "a last line that got its end": ["a\nb", "a\nb\n"],
  "a last line that lost it": ["a\nb\n", "a\nb"],
  "a text that was empty": ["", "a\n"],
  "a text that becomes empty": ["a\nb\n", ""],
  "other line ends": ["a\r\nb\r\n", "a\r\nc\r\nb\r\n"],
};

for (const [name, [before, after]] of Object.entries(cases)) {
  test(`unifiedDiff() shows ${name} as diff -u does`, () => {
    assert.equal(sides(before, after), reference(before, after));
  });
}

test("unifiedDiff() is nothing for equal texts, and names no file that is not there", () => {
  assert.equal(sides("a\n", "a\n"), "");
  assert.equal(sides(undefined, "a\n"), "--- /dev/null\n+++ b/file\n@@ -0,0 +1 @@\n+a\n");
  assert.equal(sides("a\n", undefined), "--- a/file\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
});

test("unifiedDiff() leads from any text to any other", () => {
  const text = fc.array(fc.constantFrom("a\n", "b\n", "c\n", "\n", "d"), { maxLength: 12 });
  const property = fc.property(text, text, (before, after) => {
    const [a, b] = [before.join(""), after.join("")];
    fc.pre(a !== b && a !== "");
    assert.equal(apply(a, sides(a, b)), b);
  });
  fc.assert(property, { numRuns: 60 });
});

test("unifiedDiff() shows texts with little in common one behind the other, and does not look for long", () => {
  const text = "\n".repeat(50_000);
  const diff = unifiedDiff({ name: "a", text }, { name: "a", text: "b\n" });
  assert.equal(diff.split("\n").filter((line) => line === "-").length, 50_000);
  assert.match(diff, /\n\+b\n$/);
});
