import { type ClassicProgram, compare, type Label } from "../bpf/classic.ts";
import { writeCondition } from "./conditions.ts";
import type { Decision, Rule } from "./rules.ts";

/** Calls from a number up to the next segment's, which all get the same. */
export interface Segment {
  readonly from: number;
  readonly decision: Decision;
  /** Whether its rules compare only the lower words of arguments. */
  readonly narrow: boolean;
}

/**
 * Writes the search for a call's segment: a balanced tree, so that any call among 400 is decided by some seven
 * comparisons, and no arguments are looked at on the way; then the kernel can note once and for all which calls are
 * allowed anyway (Linux 5.11).
 * @param segments in the order of their numbers, the first from the lowest; the accumulator holds the number
 * @param defaultWord what calls get whose rules all have conditions that don't hold
 */
export function writeTree(program: ClassicProgram, segments: readonly Segment[], defaultWord: number): Label {
  const merged = segments.filter(({ decision }, index) => segments[index - 1]?.decision !== decision);
  const chains = new Map<Decision, Label>();
  for (const { decision, narrow } of merged) {
    if (typeof decision !== "number")
      chains.set(decision, writeChain(program, decision, narrow, defaultWord));
  }
  const leaf = ({ decision }: Segment): Label =>
    typeof decision === "number" ? program.return(decision) : (chains.get(decision) ?? 0);
  return writeSearch(program, merged, leaf);
}

/** Tries rules in their order. */
function writeChain(
  program: ClassicProgram,
  rules: readonly Rule[],
  narrow: boolean,
  defaultWord: number,
): Label {
  return rules.reduceRight((otherwise, { word, conditions }) => {
    const taken = program.return(word);
    return conditions.reduceRight(
      (yes, each) => writeCondition(program, each, narrow, yes, otherwise),
      taken,
    );
  }, program.return(defaultWord));
}

function writeSearch(
  program: ClassicProgram,
  segments: readonly Segment[],
  leaf: (segment: Segment) => Label,
): Label {
  const [first, second, third] = segments;
  if (first === undefined) throw new RangeError("there is nothing to search");
  if (second === undefined) return leaf(first);
  if (segments.length === 3 && first.decision === third?.decision && third.from === second.from + 1) {
    return program.branch(compare.equal, second.from, leaf(second), leaf(first));
  }
  const middle = segments.length >> 1;
  const above = writeSearch(program, segments.slice(middle), leaf);
  const below = writeSearch(program, segments.slice(0, middle), leaf);
  return program.branch(compare.greaterOrEqual, segments[middle]?.from ?? 0, above, below);
}
