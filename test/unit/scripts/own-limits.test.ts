import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ElfFile } from "../../../scripts/addon/elf.ts";
import { withOwnLimits } from "../../../scripts/executable/own-limits.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-limits-"));
after(() => rmSync(directory, { recursive: true }));

test("withOwnLimits() lets a program ask for its limits and change none", () => {
  const dash = join(directory, "dash");
  writeFileSync(dash, withOwnLimits(readFileSync("/bin/dash")));
  chmodSync(dash, 0o755);
  const script = "ulimit -S -n; ulimit -S -n 100 && ulimit -S -n";
  const before = spawnSync("/bin/dash", ["-c", "ulimit -S -n"], { encoding: "utf8" }).stdout;
  const { stdout, stderr } = spawnSync(dash, ["-c", script], { encoding: "utf8" });
  assert.equal(stdout, `${before}${before}`, stderr);
});

test("withOwnLimits() changes one symbol and leaves its argument alone", () => {
  const original = readFileSync("/bin/dash");
  const changed = withOwnLimits(original);
  const names = (bytes: Buffer): string[] => new ElfFile(bytes).undefinedSymbols().map(({ name }) => name);
  assert.ok(names(original).includes("setrlimit"));
  assert.deepEqual(
    names(changed),
    names(original).map((name) => (name === "setrlimit" ? "getrlimit" : name)),
  );
});

test("withOwnLimits() refuses an executable that sets no limits", () => {
  assert.throws(() => withOwnLimits(readFileSync("/bin/true")), /does not import setrlimit/);
});
