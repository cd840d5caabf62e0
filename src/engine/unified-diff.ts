/** Lines of context around a change, as diff -u has them. */
const CONTEXT = 3;

/** Changed lines that are looked for one by one: what is made for few would take the square of many. */
const MOST_CHANGES = 500;

/** A line of either text, or of both. */
interface Step {
  readonly mark: " " | "-" | "+";
  readonly line: string;
}

/** One side of a comparison; `text` is undefined for a file that is not there. */
export interface Side {
  readonly name: string;
  readonly text: string | undefined;
}

/** Lines with their ends: a last line without one differs from the same with one. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * How far each diagonal (x - y) gets in each round of Myers' greedy algorithm ("An O(ND) Difference Algorithm and Its
 * Variations", 1986): made for few changes in a long text, which is what there is here. @returns undefined for many
 */
function furthest(a: readonly string[], b: readonly string[]): Map<number, number>[] | undefined {
  const rounds: Map<number, number>[] = [];
  let reach = new Map<number, number>([[1, 0]]);
  for (let d = 0; d <= a.length + b.length; d++) {
    const next = new Map(reach);
    for (let k = -d; k <= d; k += 2) {
      let x = goesDown(reach, k, d) ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      next.set(k, x);
    }
    rounds.push(reach);
    reach = next;
    if ((reach.get(a.length - b.length) ?? -1) >= a.length) break;
    if (d === MOST_CHANGES) return undefined;
  }
  return rounds;
}

/** Whether the furthest way to a diagonal takes a line of the second text, or else leaves one of the first. */
function goesDown(reach: ReadonlyMap<number, number>, k: number, d: number): boolean {
  return k === -d || (k !== d && (reach.get(k - 1) ?? 0) < (reach.get(k + 1) ?? 0));
}

const marked = (mark: Step["mark"], lines: readonly string[]): Step[] =>
  lines.map((line) => ({ mark, line }));

/** The way from one text to the other, line by line; where they have little in common, by way of nothing. */
function steps(a: readonly string[], b: readonly string[]): Step[] {
  const rounds = furthest(a, b);
  if (rounds === undefined) return [...marked("-", a), ...marked("+", b)];
  const way: Step[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = rounds.length - 1; d >= 0; d--) {
    const reach = rounds[d] ?? new Map<number, number>();
    const down = goesDown(reach, x - y, d);
    const k = down ? x - y + 1 : x - y - 1;
    const before = { x: reach.get(k) ?? 0, y: (reach.get(k) ?? 0) - k };
    for (; x > before.x && y > before.y; x--, y--) way.push({ mark: " ", line: a[x - 1] ?? "" });
    if (d === 0) break;
    way.push(down ? { mark: "+", line: b[y - 1] ?? "" } : { mark: "-", line: a[x - 1] ?? "" });
    ({ x, y } = before);
  }
  return way.reverse();
}

/** From which step to which hunks go: changes that share context are one. */
function hunkRanges(way: readonly Step[]): { from: number; to: number }[] {
  const ranges: { from: number; to: number }[] = [];
  for (const [index, { mark }] of way.entries()) {
    if (mark === " ") continue;
    const last = ranges.at(-1);
    const to = Math.min(index + CONTEXT + 1, way.length);
    if (last !== undefined && index - CONTEXT <= last.to) last.to = to;
    else ranges.push({ from: Math.max(index - CONTEXT, 0), to });
  }
  return ranges;
}

/** `line,count` of one side, with diff's shorter forms. @param before how many lines of that side come before the hunk */
function range(before: number, count: number): string {
  if (count === 0) return `${before},0`;
  return count === 1 ? `${before + 1}` : `${before + 1},${count}`;
}

function hunk(way: readonly Step[], from: number, to: number): string {
  const part = way.slice(from, to);
  const count = (list: readonly Step[], other: "-" | "+") => list.filter(({ mark }) => mark !== other).length;
  const old = range(count(way.slice(0, from), "+"), count(part, "+"));
  const young = range(count(way.slice(0, from), "-"), count(part, "-"));
  const lines = part.map(({ mark, line }) =>
    line.endsWith("\n") ? mark + line : `${mark}${line}\n\\ No newline at end of file\n`,
  );
  return `@@ -${old} +${young} @@\n${lines.join("")}`;
}

/** What `diff -u` prints of two texts, and patch(1) takes; "" where they are the same. */
export function unifiedDiff(before: Side, after: Side): string {
  if (before.text === after.text) return "";
  const way = steps(linesOf(before.text ?? ""), linesOf(after.text ?? ""));
  const name = ({ name, text }: Side) => (text === undefined ? "/dev/null" : name);
  const hunks = hunkRanges(way).map(({ from, to }) => hunk(way, from, to));
  return `--- ${name(before)}\n+++ ${name(after)}\n${hunks.join("")}`;
}
