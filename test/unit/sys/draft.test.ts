import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { Draft, placeText, removeDraft } from "../../../src/sys/draft.ts";
import { withDirectory } from "../../helpers/directory.ts";

test("placeText() replaces a file, whatever lies beside it", () => {
  withDirectory((directory) => {
    const path = `${directory}/file`;
    writeFileSync(`${directory}/other`, "kept");
    symlinkSync("other", `${path}.new`);
    placeText(path, "new", 0o600);
    assert.equal(readFileSync(path, "utf8"), "new");
    assert.equal(readFileSync(`${directory}/other`, "utf8"), "kept");
    assert.deepEqual(readdirSync(directory), ["file", "other"]);
  });
});

test("a Draft that is not placed goes", () => {
  withDirectory((directory) => {
    {
      using _draft = new Draft(`${directory}/file`, "text", 0o600);
      assert.deepEqual(readdirSync(directory), ["file.new"]);
    }
    assert.deepEqual(readdirSync(directory), []);
  });
});

for (const [what, text] of [
  ["that is whole", "4711"],
  ["without text yet", ""],
] as const) {
  test(`removeDraft() removes a draft ${what}`, () => {
    withDirectory((directory) => {
      writeFileSync(`${directory}/pid.new`, text);
      assert.equal(removeDraft(`${directory}/pid`, "4711"), true);
      assert.deepEqual(readdirSync(directory), []);
    });
  });
}

const others: readonly (readonly [what: string, make: (path: string) => void])[] = [
  ["another text", (path) => writeFileSync(path, "4712")],
  ["a longer text", (path) => writeFileSync(path, "47110")],
  ["a directory", (path) => mkdirSync(path)],
  ["a FIFO", (path) => void execFileSync("mkfifo", [path])],
  [
    "a link to one",
    (path) => {
      writeFileSync(`${path}.target`, "4711");
      symlinkSync(`${path}.target`, path);
    },
  ],
];

for (const [what, make] of others) {
  test(`removeDraft() leaves ${what} alone`, () => {
    withDirectory((directory) => {
      make(`${directory}/pid.new`);
      assert.equal(removeDraft(`${directory}/pid`, "4711"), false);
      assert.ok(existsSync(`${directory}/pid.new`));
    });
  });
}

test("removeDraft() has nothing to do where there is none", () => {
  withDirectory((directory) => {
    assert.equal(removeDraft(`${directory}/pid`, "4711"), false);
  });
});
