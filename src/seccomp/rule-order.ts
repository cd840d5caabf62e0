import type { SeccompOperator } from "../oci/types.ts";
import type { WordCondition, WordTest } from "./conditions.ts";
import type { Rule } from "./rules.ts";

/** One test on the way to some rules, with what comes after it. */
interface Place {
  readonly test: WordTest;
  /** Of the rule that came here first. */
  readonly op: SeccompOperator;
  /** What comes after it, for conditions that want it and for their opposites; between the words of one condition, neither. */
  readonly sides: { readonly yes: Side; readonly no: Side; readonly within: Side };
}

interface Side {
  /** The rule that ends here. */
  rule: Rule | undefined;
  readonly next: Place[];
}

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
  const side = (): Side => ({ rule: undefined, next: [] });
  const place: Place = { test, op, sides: { yes: side(), no: side(), within: side() } };
  list.splice(at < 0 ? list.length : at, 0, place);
  return place;
}

/** The way from one condition to the next. */
function behind(side: Side, condition: WordCondition): Side {
  const tests = pathOf(condition);
  return tests.reduce((from, test, index) => {
    const { sides } = placeFor(from.next, test, condition.op);
    if (index < tests.length - 1) return sides.within;
    return condition.negated ? sides.no : sides.yes;
  }, side);
}

function pathOf({ above, tests }: WordCondition): readonly WordTest[] {
  return above === undefined ? tests : [above, ...tests];
}

function flatten(list: readonly Place[]): Rule[] {
  return list.flatMap(({ sides: { yes, no, within } }) =>
    [within, yes, no].flatMap(({ rule, next }) => [...(rule === undefined ? [] : [rule]), ...flatten(next)]),
  );
}

/**
 * The order in which libseccomp tries the rules of one call, of which the first that holds decides. Profiles are written
 * and tried with libseccomp, so where rules overlap that have different actions, its order is what their authors saw: it
 * makes a tree, a level for each condition by the number of its argument. On a level later arguments come first, then
 * equality, upper bounds, lower bounds; then the greater value, of upper bounds the lesser one; then the profile's order. A rule
 * whose conditions are the beginning of another's comes before that. (libseccomp, src/db.c, `_db_tree_add`.)
 */
export function inLibseccompOrder(rules: readonly Rule[]): readonly Rule[] {
  if (rules.length < 2) return rules;
  const start: Side = { rule: undefined, next: [] };
  for (const rule of rules) {
    const conditions = [...rule.conditions].sort((a, b) => lowestOffset(a) - lowestOffset(b));
    const end = conditions.reduce(behind, start);
    end.rule ??= rule;
  }
  return flatten(start.next);
}

function lowestOffset({ tests }: WordCondition): number {
  return Math.min(...tests.map(({ offset }) => offset));
}
