import assert from "node:assert/strict";
import { test } from "node:test";
import { markdown, replaceResults, textTable } from "../../../../scripts/bench/report.ts";
import { formatValue } from "../../../../scripts/bench/results.ts";
import { makeResults, makeRow } from "./results.ts";

test("formatValue() says what is measured, in a few digits", () => {
  assert.equal(formatValue(11.64, "ms"), "11.6 ms");
  assert.equal(formatValue(131.8, "ms"), "132 ms");
  assert.equal(formatValue(75.96, "1/s"), "76.0 /s");
  assert.equal(formatValue(512 * 1024, "B"), "512 KiB");
  assert.equal(formatValue(4.5 * 1024 * 1024, "B"), "4.5 MiB");
});

test("markdown() gives medians and ratios, a column for each runtime", () => {
  const [head, , line] = markdown(makeResults(makeRow("ms", 10, 20, 8))).split("\n");
  assert.equal(head, "|  | tsrun 0.1.0 | runc 1.1.5 | crun 1.8.1 | tsrun ÷ runc | tsrun ÷ crun |");
  assert.equal(line, "| `run` of /bin/true | 10.0 ms | 20.0 ms | 8.0 ms | 0.50 | 1.25 |");
});

test("markdown() has no column for a runtime that was left out; textTable() says why", () => {
  const results = makeResults(makeRow("ms", 10, 20, 8));
  const skipped = { name: "crun", version: "1.8.1", skipped: "it refuses this machine" };
  const runtimes = [...results.runtimes.slice(0, 2), skipped];
  assert.doesNotMatch(markdown({ ...results, runtimes }), /crun/);
  assert.match(textTable({ ...results, runtimes }), /^left out: crun: it refuses this machine$/m);
});

test("textTable() shows minimum, median and 90th percentile", () => {
  const row = { ...makeRow("ms", 10, 20, 8), values: { tsrun: { min: 1, median: 2, p90: 3 } } };
  assert.match(textTable(makeResults(row)), /1\.0 ms \/ 2\.0 ms \/ 3\.0 ms +– +– +0\.50/);
});

test("markdown() says what each container that is there adds to the next one's create", () => {
  const alone = { ...makeRow("ms", 10, 20, 8), beside: 1 };
  const amid = { ...makeRow("ms", 11, 20, 107.8), beside: 500 };
  const text = markdown(makeResults(alone, { ...alone, beside: 100 }, amid));
  assert.match(text, /adds to the next one's `create`: 2 µs with tsrun, 0 µs with runc, 200 µs with crun\.$/);
  assert.doesNotMatch(markdown(makeResults(alone)), /adds to/);
});

test("replaceResults() changes what is between the marks, again and again", () => {
  const page = "before\n<!-- benchmark: written by npm run bench -->\n<!-- /benchmark -->\nafter\n";
  const results = makeResults(makeRow("ms", 10, 20, 8));
  const once = replaceResults(page, results);
  assert.match(once, /^before\n<!-- benchmark[^\n]*\n\| {2}\| tsrun[\s\S]*\n<!-- \/benchmark -->\nafter\n$/);
  assert.equal(replaceResults(once, results), once);
  assert.throws(() => replaceResults("no marks", results), /has no lines <!-- benchmark/);
});
