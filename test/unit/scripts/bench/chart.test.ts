import assert from "node:assert/strict";
import { test } from "node:test";
import { drawChart } from "../../../../scripts/bench/chart.ts";
import { makeResults, makeRow } from "./results.ts";

/** Lengths of a row's bars by their class, the legend's left out. */
function barLengths(chart: string): number[] {
  return [...chart.matchAll(/class="bar\d" x="300" y="(?!34")\d+" width="(\d+)"/g)].map((match) =>
    Number(match[1]),
  );
}

test("drawChart() draws multiples of runc's figure", () => {
  const [tsrun = 0, runc = 0, crun = 0] = barLengths(drawChart(makeResults(makeRow("ms", 10, 20, 5))));
  assert.ok(Math.abs(tsrun - runc / 2) <= 1);
  assert.ok(Math.abs(crun - runc / 4) <= 1);
});

test("drawChart() turns a rate over: twice as many a second is half as long", () => {
  const [tsrun = 0, runc = 0] = barLengths(drawChart(makeResults(makeRow("1/s", 100, 50, 50))));
  assert.ok(Math.abs(tsrun - runc / 2) <= 1);
});

test("drawChart() cuts a bar that would leave the picture and marks it", () => {
  const chart = drawChart(makeResults(makeRow("ms", 1000, 10, 10)));
  const [tsrun = 0, runc = 0] = barLengths(chart);
  assert.ok(Math.abs(tsrun - runc * 3) <= 3);
  assert.match(chart, />1000 ms »</);
});

test("drawChart() has colours for a dark page, and no Markdown in its texts", () => {
  const chart = drawChart(makeResults(makeRow("ms", 1, 1, 1)));
  assert.match(chart, /@media \(prefers-color-scheme: dark\)/);
  assert.doesNotMatch(chart, /`/);
});
