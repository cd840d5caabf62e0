// What the pages for readers say, held against the tree: a page that is not true any more fails here.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { drawChart } from "../../scripts/bench/chart.ts";
import { replaceResults } from "../../scripts/bench/report.ts";
import type { Results } from "../../scripts/bench/results.ts";
import { loadAllCommands } from "../../src/cli/commands.ts";

const readme = readFileSync("README.md", "utf8");
const map = readFileSync("src/README.md", "utf8");

/** Texts in backticks, outside of code blocks. */
function quoted(page: string): string[] {
  const prose = page.replace(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
}

/** A page's part under one heading. */
function section(page: string, heading: string): string {
  const from = page.indexOf(`\n## ${heading}\n`);
  assert.notEqual(from, -1, `no heading ${heading}`);
  const to = page.indexOf("\n## ", from + 1);
  return page.slice(from, to === -1 ? undefined : to);
}

test("src/README.md has a row for each folder of src/, and no other", () => {
  const rows = [...section(map, "Folders").matchAll(/^\| *\d? *\| `(\w+)` \|/gm)].map((match) => match[1]);
  const folders = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(rows.sort(), folders.map(({ name }) => name).sort());
});

test("every file that src/README.md names is there", () => {
  const files = quoted(map).filter((text) => /^[\w./-]+\.(ts|S)$/.test(text) && !text.includes("NAME"));
  const roots = [".", "src", "src/sys", "src/sys/stub", "src/cgroups", "src/rootfs"];
  assert.ok(files.length > 20);
  const missing = files.filter((file) => !roots.some((root) => existsSync(join(root, file))));
  assert.deepEqual(missing, []);
});

test("every test that README.md calls a proof is there", () => {
  const cells = [...section(readme, "What works").matchAll(/ \| ([^|\n]*) \|$/gm)].map(
    (match) => match[1] ?? "",
  );
  const paths = cells.flatMap(quoted).map((path) => join("test", path.replace("*", "")));
  assert.ok(paths.length > 10);
  assert.deepEqual(
    paths.filter((path) => !existsSync(path) && !existsSync(`${path}.test.ts`)),
    [],
  );
});

test("README.md calls no command missing that there is, and names all that there are", () => {
  const commands = loadAllCommands().map(({ command }) => command.split(" ")[0] ?? "");
  const [line = ""] = /^- The commands .*$/m.exec(section(readme, "What does not work yet")) ?? [];
  assert.deepEqual(
    quoted(line).filter((name) => commands.includes(name)),
    [],
  );
  assert.deepEqual(
    commands.filter((name) => !readme.includes(`\`${name}`) && !readme.includes(`tsrun ${name}`)),
    [],
  );
});

test("README.md and the chart show the figures of bench/results.json", () => {
  const results = JSON.parse(readFileSync("bench/results.json", "utf8")) as Results;
  assert.equal(replaceResults(readme, results), readme);
  assert.equal(readFileSync("bench/chart.svg", "utf8"), drawChart(results));
});

test("CHANGELOG.md has the version of package.json on top", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const [, latest] = /^## (\S+)/m.exec(readFileSync("CHANGELOG.md", "utf8")) ?? [];
  assert.equal(latest, version);
});
