import { type ClassicProgram, compare, type Label } from "../bpf/classic.ts";
import { writeRules } from "./decision-graph.ts";
import type { Decision } from "./rules.ts";

/** Calls from a number up to the next segment's, which all get the same. */
export interface Segment {
  readonly from: number;
  /** What the filter returns, or the rules that decide it. */
  readonly decision: number | Decision;
}

/**
 * Writes the search for a call's segment: a balanced tree, so that any call among 400 is decided by some seven
 * comparisons, and no arguments are looked at on the way; then the kernel can note once and for all which calls are
 * allowed anyway (Linux 5.11).
 * @param segments in the order of their numbers, the first from the lowest; the accumulator holds the number
 * @param defaultWord what calls get whose rules all have conditions that don't hold
 */
export function writeTree(program: ClassicProgram, segments: readonly Segment[], defaultWord: number): Label {
  const chains = new Map<Decision, Label>();
  for (const { decision } of segments) {
    if (typeof decision !== "number" && !chains.has(decision)) {
      chains.set(decision, writeRules(program, decision, defaultWord));
    }
  }
  const leaf = (segment: Segment | undefined): Label => {
    const decision = segment?.decision ?? defaultWord;
    return typeof decision === "number" ? program.return(decision) : (chains.get(decision) ?? 0);
  };
  return writeSearch(program, segments, 0, segments.length, leaf);
}

/** The search among the segments from `start` to before `end`, of which there is one at least. */
function writeSearch(
  program: ClassicProgram,
  segments: readonly Segment[],
  start: number,
  end: number,
  leaf: (segment: Segment | undefined) => Label,
): Label {
  const first = segments[start];
  if (end - start === 1) return leaf(first);
  if (end - start === 3) {
    const [second, third] = [segments[start + 1], segments[start + 2]];
    const from = second?.from ?? 0;
    if (first?.decision === third?.decision && third?.from === from + 1) {
      return program.branch(compare.equal, from, leaf(second), leaf(first));
    }
  }
  const middle = (start + end) >> 1;
  const above = writeSearch(program, segments, middle, end, leaf);
  const below = writeSearch(program, segments, start, middle, leaf);
  return program.branch(compare.greaterOrEqual, segments[middle]?.from ?? 0, above, below);
}
