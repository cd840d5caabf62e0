import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nodeErrorText } from "../../../src/base/node-error.ts";

const directory = mkdtempSync(join(tmpdir(), "node-error-"));
after(() => rmSync(directory, { recursive: true }));

const failures: readonly (readonly [name: string, fail: () => unknown, text: string])[] = [
  [
    "a missing file",
    () => openSync(`${directory}/no`, "r"),
    `open ${directory}/no: no such file or directory`,
  ],
  ["an existing file", () => mkdirSync(directory), `mkdir ${directory}: file exists`],
  ["a directory", () => readFileSync(directory), "read: is a directory"],
  ["a file as a directory", () => openSync("/dev/null/x", "r"), "open /dev/null/x: not a directory"],
  [
    "an operation on two paths",
    () => renameSync(`${directory}/a`, `${directory}/b`),
    `rename ${directory}/a ${directory}/b: no such file or directory`,
  ],
  ["a long name", () => openSync(`/${"x".repeat(300)}`, "r"), `open /${"x".repeat(300)}: file name too long`],
];

for (const [name, fail, text] of failures) {
  test(`nodeErrorText() words a failure on ${name} as libc does`, () => {
    assert.throws(fail, (error: Error) => nodeErrorText(error) === text);
  });
}

test("nodeErrorText() leaves other errors alone", () => {
  assert.equal(nodeErrorText(new Error("ENOENT")), undefined);
  assert.equal(nodeErrorText(new Error("mount /proc: invalid argument")), undefined);
});
