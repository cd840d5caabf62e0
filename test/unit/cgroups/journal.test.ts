import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { allOrNothing } from "../../../src/cgroups/journal.ts";
import { type CgroupWrite, carryOut, type Put } from "../../../src/cgroups/write.ts";
import { warningsOf } from "../../helpers/warnings.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-test-"));
after(() => rmSync(directory, { recursive: true }));

/** Files that are there before each test, and a directory, which no write can reach. */
function fill(files: Readonly<Record<string, string>>): void {
  rmSync(directory, { recursive: true });
  mkdirSync(join(directory, "refuses"), { recursive: true });
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
}

function set(put: Put, file: string, value: string): void {
  const write: CgroupWrite = { controller: "test", file, value, pointer: `/linux/resources/${file}` };
  carryOut(directory, write, { put });
}

const text = (file: string) => readFileSync(join(directory, file), "utf8");

test("allOrNothing() writes everything", () => {
  fill({ one: "", two: "" });
  allOrNothing((put) => {
    set(put, "one", "1");
    set(put, "two", "2");
  });
  assert.deepEqual([text("one"), text("two")], ["1", "2"]);
});

test("allOrNothing() puts back what was written before a refusal, and throws that", () => {
  fill({ one: "7", two: "8" });
  assert.throws(
    () =>
      allOrNothing((put) => {
        set(put, "one", "1");
        set(put, "two", "2");
        set(put, "one", "3");
        set(put, "refuses", "4");
      }),
    { message: /writing "4" to .*\/refuses$/, pointer: "/linux/resources/refuses" },
  );
  assert.deepEqual([text("one"), text("two")], ["7", "8"]);
});

test("allOrNothing() warns of a file that can't be put back, and goes on with the others", () => {
  fill({ one: "7", two: "8" });
  const warnings = warningsOf(() =>
    assert.throws(() =>
      allOrNothing((put) => {
        set(put, "one", "1");
        set(put, "two", "2");
        unlinkSync(join(directory, "two"));
        set(put, "refuses", "4");
      }),
    ),
  );
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /\/two could not be set back to "8": open .*: no such file or directory$/);
  assert.equal(text("one"), "7");
});
