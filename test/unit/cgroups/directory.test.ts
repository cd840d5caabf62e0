import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { removeIfEmpty } from "../../../src/cgroups/directory.ts";

// Ordinary directories refuse to be removed as cgroups do (ENOTEMPTY for EBUSY).
const root = mkdtempSync(join(tmpdir(), "tsrun-cgroup-directories-"));
after(() => rmSync(root, { recursive: true }));

function make(...names: string[]): string[] {
  const paths = names.map((name) => join(root, name));
  for (const path of paths) mkdirSync(path, { recursive: true });
  return paths;
}

test("removeIfEmpty() removes what nobody uses, and bears what is gone", () => {
  const [a = "", b = ""] = make("a", "b");
  assert.equal(removeIfEmpty([a, join(root, "gone"), b]), true);
  assert.ok(!existsSync(a) && !existsSync(b));
});

test("removeIfEmpty() ends at the first that is in use", () => {
  const [before = "", used = "", next = ""] = make("before", "used", "next");
  make("used/child");
  assert.equal(removeIfEmpty([before, used, next]), false);
  assert.ok(!existsSync(before) && existsSync(join(used, "child")) && existsSync(next));
});

test("removeIfEmpty() leaves what may not be removed to others", () => {
  assert.equal(removeIfEmpty(["/proc/sys"]), false);
});
