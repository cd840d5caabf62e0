import { TsrunError } from "../base/errors.ts";
import { compare } from "../bpf/classic.ts";
import type { SeccompOperator } from "../oci/types.ts";
import { type Wanted, type WordCondition, type WordTest, waysToHold } from "./conditions.ts";

/** An action that is taken when all conditions hold. */
export interface Rule {
  /** The filter's return value. */
  readonly word: number;
  readonly conditions: readonly WordCondition[];
  /** The rule's number in the profile. */
  readonly index: number;
}

/** One way in which a rule holds. */
export interface Way {
  readonly word: number;
  readonly index: number;
  readonly tests: readonly Wanted[];
}

/** One test on the way to some rules, with what comes after it. */
interface Place {
  readonly test: WordTest;
  /** Of the rule that came here first. */
  readonly op: SeccompOperator;
  readonly yes: Side;
  readonly no: Side;
}

interface Side {
  /** The rule that ends here, and the lower word of its last value. */
  end: { readonly way: Way; readonly low: number } | undefined;
  readonly next: Place[];
}

/** A filter has 4096 instructions, and a way takes more than one. */
const MAX_WAYS = 2048;

/** Which operators are tried first. */
const urgency: Readonly<Record<SeccompOperator, number>> = {
  SCMP_CMP_EQ: 3,
  SCMP_CMP_NE: 3,
  SCMP_CMP_MASKED_EQ: 3,
  SCMP_CMP_LE: 2,
  SCMP_CMP_LT: 2,
  SCMP_CMP_GE: 1,
  SCMP_CMP_GT: 1,
};

/** Where a word's value is masked, it is another test than the bare comparison, though the mask be full. */
const isMasked = (op: SeccompOperator): boolean => op === "SCMP_CMP_MASKED_EQ";

function isSame(place: Place, test: WordTest, op: SeccompOperator): boolean {
  const { offset, comparison, value, mask } = place.test;
  return (
    offset === test.offset &&
    comparison === test.comparison &&
    value === test.value &&
    mask === test.mask &&
    isMasked(place.op) === isMasked(op)
  );
}

/** Whether a new test goes before one that is there: later words first, then urgent operators, then narrower values. */
function goesBefore(test: WordTest, op: SeccompOperator, place: Place): boolean {
  if (test.offset !== place.test.offset) return test.offset > place.test.offset;
  if (urgency[op] !== urgency[place.op]) return urgency[op] > urgency[place.op];
  const upper = place.op === "SCMP_CMP_LE" || place.op === "SCMP_CMP_LT";
  return upper ? test.value < place.test.value : test.value > place.test.value;
}

/** The place for a test in a list, which is made where there is none yet. */
function placeFor(list: Place[], test: WordTest, op: SeccompOperator): Place {
  const at = list.findIndex((place) => isSame(place, test, op) || goesBefore(test, op, place));
  const found = list[at];
  if (found !== undefined && isSame(found, test, op)) return found;
  const place = { test, op, yes: emptySide(), no: emptySide() };
  list.splice(at < 0 ? list.length : at, 0, place);
  return place;
}

function emptySide(): Side {
  return { end: undefined, next: [] };
}

/** A condition's way as a part of a rule's. */
interface Part {
  readonly op: SeccompOperator;
  readonly tests: readonly Wanted[];
  readonly low: number;
}

/** All ways of several conditions together, the conditions in the order of their arguments. */
function waysOf(conditions: readonly WordCondition[]): readonly (readonly Part[])[] {
  const sorted = [...conditions].sort((a, b) => lowestOffset(a) - lowestOffset(b));
  return sorted.reduce<readonly (readonly Part[])[]>(
    (ways, condition) => {
      const low = condition.tests.at(-1)?.value ?? 0;
      const parts = waysToHold(condition).map((tests) => ({ op: condition.op, tests, low }));
      return ways.flatMap((way) => parts.map((part) => [...way, part]));
    },
    [[]],
  );
}

function lowestOffset({ tests }: WordCondition): number {
  return Math.min(...tests.map(({ offset }) => offset));
}

function insert(start: Side, way: readonly Part[], { word, index }: Rule): void {
  let side = start;
  let last: Wanted | undefined;
  for (const { op, tests } of way) {
    for (const test of tests) {
      const place = placeFor(side.next, test, op);
      side = test.outcome ? place.yes : place.no;
      last = test;
    }
  }
  const low = way.at(-1)?.low ?? 0;
  // Lower bounds of one upper word: the greater one wins where that word alone decides.
  const isTighter = last?.comparison === compare.greater && last.outcome && low > (side.end?.low ?? 0);
  if (side.end !== undefined && !isTighter) return;
  side.end = { way: { word, index, tests: way.flatMap(({ tests }) => tests) }, low };
}

function flatten(list: readonly Place[]): Way[] {
  return list.flatMap(({ yes, no }) =>
    [yes, no].flatMap(({ end, next }) => [...(end === undefined ? [] : [end.way]), ...flatten(next)]),
  );
}

/**
 * The order in which libseccomp tries the rules of one call, of which the first that holds decides. Profiles are written
 * and tried with libseccomp, so where rules overlap that have different actions, its order is what their authors saw: it
 * makes a tree of tests of words, upper ones first, a level for each. On a level later arguments come first, then
 * equality, upper bounds, lower bounds; then the greater value, of upper bounds the lesser one; then the profile's order. A rule
 * whose conditions are the beginning of another's comes before that. (libseccomp, src/db.c, `_db_tree_add`.)
 * @throws TsrunError for more than any filter has room for
 */
export function inLibseccompOrder(rules: readonly Rule[]): readonly Way[] {
  const start = emptySide();
  let count = 0;
  for (const rule of rules) {
    const ways = waysOf(rule.conditions);
    count += ways.length;
    if (count > MAX_WAYS) {
      throw new TsrunError(`the rules of one call have more than ${MAX_WAYS} ways to hold`, {
        pointer: `/linux/seccomp/syscalls/${rule.index}/args`,
      });
    }
    for (const way of ways) insert(start, way, rule);
  }
  return flatten(start.next);
}
