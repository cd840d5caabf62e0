import { type ClassicProgram, compare, type Label } from "../bpf/classic.ts";
import type { Wanted, WordTest } from "./conditions.ts";
import type { Decision } from "./rules.ts";
import { type Facts, factsKey, learn, nothingKnown, outcomeOf } from "./word-facts.ts";

const ALL_BITS = 0xffffffff;

/** A test, and what to do next; or the filter's return value. */
type Node = TestNode | number;

interface TestNode {
  readonly test: WordTest;
  readonly yes: Node;
  readonly no: Node;
  /** Whether it is reached with another word in the accumulator. */
  loads: boolean;
  written: { readonly bare: Label; readonly loading: Label } | undefined;
}

/** How many tests a call's rules may grow to, for each of their own, before they are written one after the other. */
const GROWTH = 4;

/** What is left of a call's rules where some tests' outcomes are known. */
interface Rest {
  /** The next test, or the action of the first rule, where that holds. */
  readonly next: WordTest | number;
  /** Equal for equal remainders. */
  readonly key: string;
}

/**
 * Writes the code that finds the first rule that holds. No test whose outcome follows from earlier ones is made again, so that
 * twenty values of one argument cost a load and a comparison each.
 * @param otherwise what is returned when none holds
 */
export function writeRules(program: ClassicProgram, rules: Decision, otherwise: number): Label {
  const count = rules.flatMap(({ tests }) => tests).length;
  const graph = buildGraph(rules, otherwise, count * GROWTH) ?? buildList(rules, otherwise);
  if (typeof graph === "number") return program.return(graph);
  graph.loads = true;
  markLoads(graph, new Set());
  return writeNode(program, graph).loading;
}

/** @returns undefined where it would have more than `limit` tests */
function buildGraph(rules: Decision, otherwise: number, limit: number): Node | undefined {
  const made = new Map<string, TestNode>();
  let left = limit;
  const build = (facts: Facts): Node | undefined => {
    const { next, key } = restOf(rules, facts, otherwise);
    if (typeof next === "number") return next;
    const known = made.get(key);
    if (known !== undefined) return known;
    if (left-- === 0) return undefined;
    const yes = build(learn(facts, next, true));
    const no = yes === undefined ? undefined : build(learn(facts, next, false));
    if (yes === undefined || no === undefined) return undefined;
    const node = makeNode(next, yes, no);
    made.set(key, node);
    return node;
  };
  return build(nothingKnown);
}

function makeNode(test: WordTest, yes: Node, no: Node): TestNode {
  return { test, yes, no, loads: false, written: undefined };
}

function restOf(rules: Decision, facts: Facts, otherwise: number): Rest {
  const keys: string[] = [];
  const offsets = new Set<number>();
  let next: WordTest | number | undefined;
  for (const { tests, word } of rules) {
    const open = openTests(tests, facts);
    if (open === undefined) continue;
    next ??= open[0] ?? word;
    keys.push(...open.map(testKey), String(word));
    if (open.length === 0) break;
    for (const { offset } of open) offsets.add(offset);
  }
  return { next: next ?? otherwise, key: `${keys.join(" ")} ${factsKey(facts, offsets)}` };
}

/** The tests whose outcome is not known, or undefined where one is not as wanted. */
function openTests(tests: readonly Wanted[], facts: Facts): Wanted[] | undefined {
  const open: Wanted[] = [];
  for (const test of tests) {
    const outcome = outcomeOf(facts, test);
    if (outcome === undefined) open.push(test);
    else if (outcome !== test.outcome) return undefined;
  }
  return open;
}

function testKey({ offset, mask, comparison, value, outcome }: Wanted): string {
  return `${offset}&${mask}${comparison},${value}${outcome}`;
}

/** The rules one after the other, with all their tests. */
function buildList(rules: Decision, otherwise: number): Node {
  return rules.reduceRight<Node>(
    (fails, { tests, word }) =>
      tests.reduceRight<Node>((next, test) => {
        if (test.mask === 0) return test.outcome ? next : fails;
        return test.outcome ? makeNode(test, next, fails) : makeNode(test, fails, next);
      }, word),
    otherwise,
  );
}

/** Whether a test leaves its word in the accumulator as it was. */
function keepsWord({ mask, value }: WordTest): boolean {
  return mask === ALL_BITS || value === 0;
}

/** Finds the tests that must load their word: those that are reached with another one. */
function markLoads(node: TestNode, seen: Set<TestNode>): void {
  if (seen.has(node)) return;
  seen.add(node);
  for (const next of [node.yes, node.no]) {
    if (typeof next === "number") continue;
    if (!keepsWord(node.test) || next.test.offset !== node.test.offset) next.loads = true;
    markLoads(next, seen);
  }
}

/** Writes a node behind what it leads to. */
function writeNode(program: ClassicProgram, node: TestNode): NonNullable<TestNode["written"]> {
  if (node.written !== undefined) return node.written;
  const { offset, mask, comparison, value } = node.test;
  const target = (next: Node): Label => {
    if (typeof next === "number") return program.return(next);
    const { bare, loading } = writeNode(program, next);
    return keepsWord(node.test) && next.test.offset === offset ? bare : loading;
  };
  // What is written last is nearest: the way on, where a rule's first test has failed.
  const yes = target(node.yes);
  const no = target(node.no);
  const bare = writeTest(program, mask, comparison, value, yes, no);
  node.written = { bare, loading: node.loads ? program.load(offset, bare) : bare };
  return node.written;
}

function writeTest(
  program: ClassicProgram,
  mask: number,
  comparison: WordTest["comparison"],
  value: number,
  yes: Label,
  no: Label,
): Label {
  if (mask === ALL_BITS) return program.branch(comparison, value, yes, no);
  if (value === 0) return program.branch(compare.anyBit, mask, no, yes);
  return program.and(mask, program.branch(compare.equal, value, yes, no));
}
