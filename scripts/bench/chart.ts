import { ours } from "./contenders.ts";
import { measured } from "./report.ts";
import { biggerIsBetter, formatValue, type Results, type Row } from "./results.ts";

const WIDTH = 760;
const LEFT = 300;
const RIGHT = 90;
const TOP = 64;
const BAR = 13;
const GAP = 22;
/** Bars end here, in multiples of the reference; a longer one is cut off and its value says so. */
const MAX_RATIO = 3;

/** Readable on white and on black: GitHub shows the picture on either. */
const style = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .note, .value { font-size: 12px; fill: #57606a; }
  .line { stroke: #d0d7de; }
  .bar0 { fill: #1f6feb; } .bar1 { fill: #b1bac4; } .bar2 { fill: #8b949e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .note, .value { fill: #9da7b3; }
    .line { stroke: #30363d; }
    .bar0 { fill: #58a6ff; } .bar1 { fill: #6e7681; } .bar2 { fill: #484f58; }
  }`;

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("`", "");
}

/** How long a runtime's bar is: 1 for the reference, more for a worse figure. */
function cost(row: Row, name: string, reference: string): number {
  const [value, base] = [row.values[name]?.median ?? Number.NaN, row.values[reference]?.median ?? Number.NaN];
  return biggerIsBetter(row.unit) ? base / value : value / base;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${x}" y="${y}"${attributes}>${escapeText(content)}</text>`;
}

function drawRow(row: Row, names: readonly string[], reference: string, top: number): string[] {
  const scale = (WIDTH - LEFT - RIGHT) / MAX_RATIO;
  const middle = top + (names.length * BAR) / 2 + 4;
  const bars = names.flatMap((name, index) => {
    const ratio = cost(row, name, reference);
    const value = row.values[name];
    if (value === undefined || !Number.isFinite(ratio)) {
      return [];
    }
    const length = Math.round(Math.min(ratio, MAX_RATIO) * scale);
    const y = top + index * BAR;
    const cut = ratio > MAX_RATIO ? " »" : "";
    const label = text(
      LEFT + length + 6,
      y + BAR - 3,
      `${formatValue(value.median, row.unit)}${cut}`,
      ' class="value"',
    );
    return [
      `<rect class="bar${index}" x="${LEFT}" y="${y}" width="${length}" height="${BAR - 2}" rx="1"/>`,
      label,
    ];
  });
  return [text(LEFT - 12, middle, row.title, ' text-anchor="end"'), ...bars];
}

function drawLegend(results: Results, names: readonly string[]): string[] {
  return names.flatMap((name, index) => {
    const x = LEFT + index * 140;
    const version = results.runtimes.find((each) => each.name === name)?.version ?? "";
    return [
      `<rect class="bar${index}" x="${x}" y="34" width="12" height="12" rx="1"/>`,
      text(x + 18, 45, `${name} ${version}`),
    ];
  });
}

/** The results as an SVG picture: a group of bars for each row, as multiples of runc's figure, the shorter the better. */
export function drawChart(results: Results): string {
  const names = measured(results);
  const reference = names.find((name) => name !== ours) ?? ours;
  const step = names.length * BAR + GAP;
  const height = TOP + results.rows.length * step + 16;
  const line = LEFT + Math.round((WIDTH - LEFT - RIGHT) / MAX_RATIO);
  const parts = [
    `<style>${style}</style>`,
    text(
      12,
      24,
      `What a container costs, as a multiple of ${reference}: shorter is better`,
      ' class="title"',
    ),
    ...drawLegend(results, names),
    `<line class="line" x1="${line}" x2="${line}" y1="${TOP}" y2="${height - 20}"/>`,
    ...results.rows.flatMap((row, index) => drawRow(row, names, reference, TOP + 8 + index * step)),
    text(line, height - 6, `1 × ${reference}`, ' class="note" text-anchor="middle"'),
  ];
  const box = `viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${box} role="img">\n${parts.join("\n")}\n</svg>\n`;
}
