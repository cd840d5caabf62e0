import { ours } from "./contenders.ts";
import { formatValue, type Results, type Row } from "./results.ts";

const begin = "<!-- benchmark: written by npm run bench -->";
const end = "<!-- /benchmark -->";

/** Names of the runtimes that were measured, tsrun first. */
export function measured({ runtimes }: Results): string[] {
  return runtimes.filter(({ skipped }) => skipped === undefined).map(({ name }) => name);
}

function cells(row: Row, names: readonly string[]): string[] {
  const values = names.map((name) => {
    const value = row.values[name];
    return value === undefined ? "–" : formatValue(value.median, row.unit);
  });
  const ratios = names.filter((name) => name !== ours).map((name) => row.ratios[name]);
  return [...values, ...ratios.map((ratio) => (ratio === undefined ? "–" : ratio.toFixed(2)))];
}

function header(results: Results): string[] {
  const names = measured(results);
  const titled = results.runtimes
    .filter(({ name }) => names.includes(name))
    .map(({ name, version }) => `${name} ${version}`);
  const peers = names.filter((name) => name !== ours);
  return ["", ...titled, ...peers.map((name) => `${ours} ÷ ${name}`)];
}

/** How the figures came about, in a few sentences. */
function conditions({ date, machine, rounds, slowRounds, empty }: Results): string {
  const { cpu, cpus, memory, kernel } = machine;
  return (
    `Measured on ${date.slice(0, 10)} with Linux ${kernel} on ${cpus} × ${cpu}, ${memory}: medians of ${rounds} whole ` +
    `processes each (of up to ${slowRounds} measurements for rates and memory), the runtimes taking turns; the last ` +
    "columns are the medians of the ratios of each turn. Less is better, except for containers a second. Every time " +
    `contains the ${formatValue(empty.median, "ms")} that starting an empty program takes here.`
  );
}

/** Milliseconds that each container there adds to the next one's `create`, by the runtime: between fewest and most. */
export function growth({ rows }: Results): ReadonlyMap<string, number> {
  const crowded = rows.filter(({ beside }) => beside !== undefined);
  const [first, last] = [crowded[0], crowded.at(-1)];
  const [few, many] = [first?.beside ?? 0, last?.beside ?? 0];
  if (first === undefined || last === undefined || many <= few) return new Map();
  return new Map(
    Object.entries(last.values).flatMap(([name, { median }]) => {
      const less = first.values[name]?.median;
      return less === undefined ? [] : [[name, (median - less) / (many - few)] as const];
    }),
  );
}

function growthText(results: Results): string {
  const parts = [...growth(results)].map(([name, ms]) => `${(ms * 1000).toFixed(0)} µs with ${name}`);
  return parts.length === 0
    ? ""
    : ` Each container that is there already adds to the next one's \`create\`: ${parts.join(", ")}.`;
}

/** The results as a table for a terminal, with minimum and 90th percentile. */
export function textTable(results: Results): string {
  const names = measured(results);
  const lines = results.rows.map((row) => {
    const spread = names.map((name) => {
      const value = row.values[name];
      return value === undefined
        ? "–"
        : [value.min, value.median, value.p90].map((each) => formatValue(each, row.unit)).join(" / ");
    });
    return [row.title, ...spread, ...cells(row, names).slice(names.length)];
  });
  const all = [header(results), ...lines];
  const widths = header(results).map((_, column) =>
    Math.max(...all.map((line) => line[column]?.length ?? 0)),
  );
  const text = all.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const skipped = results.runtimes.flatMap(({ name, skipped }) =>
    skipped === undefined ? [] : [`left out: ${name}: ${skipped}`],
  );
  return [
    ...text,
    "(minimum / median / 90th percentile)",
    conditions(results) + growthText(results),
    ...skipped,
  ].join("\n");
}

/** The results as they stand in the README. */
export function markdown(results: Results): string {
  const names = measured(results);
  const head = header(results);
  const lines = [
    head,
    head.map((_, column) => (column === 0 ? "---" : "---:")),
    ...results.rows.map((row) => [row.title, ...cells(row, names)]),
  ];
  return `${lines.map((line) => `| ${line.join(" | ")} |`).join("\n")}\n\n${conditions(results)}${growthText(results)}`;
}

/** A page with new results between its marks. @throws Error where it has no marks */
export function replaceResults(page: string, results: Results): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) {
    throw new Error(`the page has no lines ${begin} and ${end}`);
  }
  return `${page.slice(0, from + begin.length)}\n${markdown(results)}\n${page.slice(to)}`;
}
