import { compare } from "../bpf/classic.ts";
import type { WordTest } from "./conditions.ts";

const ALL_BITS = 0xffffffff;

/** What is known of one word of a call's data. */
interface WordFacts {
  readonly min: number;
  readonly max: number;
  /** Values that it does not have. */
  readonly excluded: readonly number[];
  /** Outcomes of tests with masks. */
  readonly masked: readonly { readonly mask: number; readonly value: number; readonly outcome: boolean }[];
}

/** What is known of the words at these offsets. */
export type Facts = ReadonlyMap<number, WordFacts>;

export const nothingKnown: Facts = new Map();
const anything: WordFacts = { min: 0, max: ALL_BITS, excluded: [], masked: [] };

/** A test's outcome, where it follows from what is known. */
export function outcomeOf(facts: Facts, { offset, mask, comparison, value }: WordTest): boolean | undefined {
  if (mask === 0) return true;
  const known = facts.get(offset) ?? anything;
  if (mask !== ALL_BITS) return maskedOutcome(known, mask, value);
  const { min, max, excluded } = known;
  switch (comparison) {
    case compare.equal:
      if (value < min || value > max || excluded.includes(value)) return false;
      return min === max ? true : undefined;
    case compare.greater:
      if (min > value) return true;
      return max <= value ? false : undefined;
    case compare.greaterOrEqual:
      if (min >= value) return true;
      return max < value ? false : undefined;
  }
}

function maskedOutcome({ min, max, masked }: WordFacts, mask: number, value: number): boolean | undefined {
  if (min === max) return (min & mask) >>> 0 === value;
  for (const each of masked) {
    if (each.mask !== mask) continue;
    if (each.outcome) return each.value === value;
    if (each.value === value) return false;
  }
  return undefined;
}

/** What is known after a test. */
export function learn(facts: Facts, test: WordTest, outcome: boolean): Facts {
  const known = facts.get(test.offset) ?? anything;
  return new Map(facts).set(test.offset, afterTest(known, test, outcome));
}

function afterTest(known: WordFacts, { mask, comparison, value }: WordTest, outcome: boolean): WordFacts {
  if (mask !== ALL_BITS) return { ...known, masked: [...known.masked, { mask, value, outcome }] };
  switch (comparison) {
    case compare.equal:
      return outcome
        ? { ...known, min: value, max: value }
        : { ...known, excluded: [...known.excluded, value] };
    case compare.greater:
      return outcome
        ? { ...known, min: Math.max(known.min, value + 1) }
        : { ...known, max: Math.min(known.max, value) };
    case compare.greaterOrEqual:
      return outcome
        ? { ...known, min: Math.max(known.min, value) }
        : { ...known, max: Math.min(known.max, value - 1) };
  }
}

/** Equal for equal knowledge of some words. */
export function factsKey(facts: Facts, offsets: ReadonlySet<number>): string {
  const parts: string[] = [];
  for (const offset of offsets) {
    const known = facts.get(offset);
    if (known === undefined) continue;
    const { min, max, excluded, masked } = known;
    const outcomes = masked.map((each) => `${each.mask}=${each.value}${each.outcome}`);
    parts.push(`${offset}:${min}-${max}!${excluded.join(",")}&${outcomes.join(",")}`);
  }
  return parts.sort().join(";");
}
