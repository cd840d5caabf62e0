import { TsrunError } from "../base/errors.ts";
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

/** How many tests a call's rules may grow to, for each of their own, before they are written in pieces. */
const GROWTH = 4;
/** How many tests are looked at for that, whatever a profile says: what is more than a filter's 4096 is refused in the end. */
const EFFORT = 200_000;
const MAX_TESTS = 4096;

/** What is left of a call's rules where some tests' outcomes are known. */
interface Rest {
  /** The next test, or the action of the first rule, where that holds; undefined where none can hold any more. */
  readonly next: WordTest | number | undefined;
  /** Equal for equal remainders. */
  readonly key: string;
}

/**
 * Writes the code that finds the first rule that holds. No test whose outcome follows from earlier ones is made again, so that
 * twenty values of one argument cost a load and a comparison each.
 * @param otherwise what is returned when none holds
 */
export function writeRules(program: ClassicProgram, rules: Decision, otherwise: number): Label {
  const nodes: TestNode[] = [];
  const start = buildGraph(nodes, rules, otherwise) ?? buildPieces(nodes, rules, otherwise);
  if (typeof start === "number") return program.return(start);
  start.loads = true;
  for (const node of nodes) markLoads(node);
  for (const node of nodes) writeNode(program, node);
  return labelOf(start).loading;
}

/** @returns undefined where it would have too many tests */
function buildGraph(nodes: TestNode[], rules: Decision, otherwise: Node): Node | undefined {
  const before = nodes.length;
  const count = rules.reduce((sum, { tests }) => sum + tests.length, 0);
  let left = Math.min(GROWTH * count, EFFORT / (count + 1));
  const made = new Map<string, TestNode>();
  const build = (facts: Facts): Node | undefined => {
    const { next, key } = restOf(rules, facts);
    if (typeof next === "number") return next;
    if (next === undefined) return otherwise;
    const known = made.get(key);
    if (known !== undefined) return known;
    if (left-- <= 0) return undefined;
    const yes = build(learn(facts, next, true));
    const no = yes === undefined ? undefined : build(learn(facts, next, false));
    if (yes === undefined || no === undefined) return undefined;
    const node = addNode(nodes, next, yes, no);
    made.set(key, node);
    return node;
  };
  const start = build(nothingKnown);
  if (start === undefined) nodes.length = before;
  return start;
}

/** Adds a node behind those that it leads to. @throws TsrunError when no filter has room for so many */
function addNode(nodes: TestNode[], test: WordTest, yes: Node, no: Node): TestNode {
  if (nodes.length === MAX_TESTS) {
    throw new TsrunError(`the rules of one call need more than the ${MAX_TESTS} instructions of BPF`, {
      pointer: "/linux/seccomp/syscalls",
    });
  }
  const node = { test, yes, no, loads: false, written: undefined };
  nodes.push(node);
  return node;
}

function restOf(rules: Decision, facts: Facts): Rest {
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
  return { next, key: `${keys.join(" ")} ${factsKey(facts, offsets)}` };
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

/** The ways of one rule after those of another, without what is known from the earlier ones. */
function buildPieces(nodes: TestNode[], rules: Decision, otherwise: number): Node {
  let node: Node = otherwise;
  for (let end = rules.length; end > 0; ) {
    const index = rules[end - 1]?.index;
    let start = end - 1;
    while (start > 0 && rules[start - 1]?.index === index) start--;
    const piece = rules.slice(start, end);
    node = buildGraph(nodes, piece, node) ?? buildList(nodes, piece, node);
    end = start;
  }
  return node;
}

/** The rules one after the other, with all their tests. */
function buildList(nodes: TestNode[], rules: Decision, otherwise: Node): Node {
  return rules.reduceRight<Node>(
    (fails, { tests, word }) =>
      tests.reduceRight<Node>((next, test) => {
        if (test.mask === 0) return test.outcome ? next : fails;
        return test.outcome ? addNode(nodes, test, next, fails) : addNode(nodes, test, fails, next);
      }, word),
    otherwise,
  );
}

/** Whether a test leaves its word in the accumulator as it was. */
function keepsWord({ mask, value }: WordTest): boolean {
  return mask === ALL_BITS || value === 0;
}

/** Tells the tests behind a node to load their word, where they are reached with another one. */
function markLoads({ test, yes, no }: TestNode): void {
  for (const next of [yes, no]) {
    if (typeof next !== "number" && !sharesWord(test, next)) next.loads = true;
  }
}

function sharesWord(test: WordTest, next: TestNode): boolean {
  return keepsWord(test) && next.test.offset === test.offset;
}

/** Writes a node in front of what it leads to. */
function writeNode(program: ClassicProgram, node: TestNode): void {
  const { offset, mask, comparison, value } = node.test;
  const target = (next: Node): Label => {
    if (typeof next === "number") return program.return(next);
    const { bare, loading } = labelOf(next);
    return sharesWord(node.test, next) ? bare : loading;
  };
  const bare = writeTest(program, mask, comparison, value, target(node.yes), target(node.no));
  node.written = { bare, loading: node.loads ? program.load(offset, bare) : bare };
}

function labelOf({ written }: TestNode): NonNullable<TestNode["written"]> {
  if (written === undefined) throw new TypeError("a node stands behind one that leads to it");
  return written;
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
