import type { Seccomp, SeccompAction } from "../oci/types.ts";
import { actionWord } from "./actions.ts";
import { type Architecture, subCalls } from "./architectures.ts";
import { type Condition, condition, inWords, isTautology } from "./conditions.ts";
import { inLibseccompOrder, type Rule, type Way } from "./rule-order.ts";
import { ABSENT, isSyscall, syscallNumber } from "./syscall-numbers.ts";

/** A rule as config.json has it, with the calls it is for. Several when conditions are alternatives. */
interface NamedRule {
  readonly index: number;
  /** Names that some architecture has. */
  readonly names: readonly string[];
  /** Whether it does what would be done without it; then it only makes its calls known. */
  readonly redundant: boolean;
  readonly word: number;
  readonly alternatives: readonly (readonly Condition[])[];
}

/** A profile's rules. */
export interface Rules {
  readonly rules: readonly NamedRule[];
  /** Names that no architecture has, each once. */
  readonly unknown: readonly string[];
  readonly actions: ReadonlySet<SeccompAction>;
}

/** What a call gets: the first of these whose tests come out as wanted, else the default action. One without tests stands alone. */
export type Decision = readonly Way[];

/** One architecture's part of a profile. */
export interface Decisions {
  readonly architecture: Architecture;
  /** By number, as a filter sees it. */
  readonly byNumber: ReadonlyMap<number, Decision>;
  /** The highest number that the profile names, ABSENT for none. */
  readonly last: number;
}

/** ARM's private calls: numbers far above the others, which say nothing about the age of a profile. */
const PRIVATE_RANGE = 0x0f0000;
const [FIRST_PRIVATE, LAST_PRIVATE] = [PRIVATE_RANGE, 0x0fffff];

/**
 * Reads a profile's rules. A rule whose action is the default action counts for nothing, as with runc.
 * @throws TsrunError with the place in config.json
 */
export function readRules(profile: Seccomp, defaultWord: number): Rules {
  const unknown = new Set<string>();
  const actions = new Set([profile.defaultAction]);
  const rules = (profile.syscalls ?? []).map(({ names, action, errnoRet, args }, index) => {
    const pointer = `/linux/seccomp/syscalls/${index}`;
    const word = actionWord(action, errnoRet, `${pointer}/errnoRet`);
    const conditions = (args ?? []).map((each, at) => condition(each, `${pointer}/args/${at}`));
    const known = names.filter((name) => isSyscall(name) || !unknown.add(name));
    actions.add(action);
    const redundant = word === defaultWord;
    return { index, names: known, redundant, word, alternatives: alternatives(conditions) };
  });
  return { rules, unknown: [...unknown], actions };
}

/**
 * Conditions of one rule must all hold; but where two are about the same argument, any one of them will do. runc and crun
 * read profiles so, for the sake of those written when each condition made a rule of its own.
 */
function alternatives(conditions: readonly Condition[]): (readonly Condition[])[] {
  const distinct = new Set(conditions.map(({ index }) => index)).size === conditions.length;
  return distinct ? [conditions] : conditions.map((each) => [each]);
}

/** Sorts rules by the numbers that one architecture has for their names. */
export function decide({ rules }: Rules, architecture: Architecture): Decisions {
  const found = new Map<number, Rule[]>();
  let last = ABSENT;
  for (const rule of rules) {
    for (const name of rule.names) {
      const number = syscallNumber(name, architecture);
      const isPrivate = number >= FIRST_PRIVATE && number <= LAST_PRIVATE;
      if (number > last && !isPrivate) last = number;
      if (!rule.redundant) addRule(found, rule, name, number, architecture);
    }
  }
  const byNumber = new Map<number, Decision>();
  for (const [number, rules] of found) byNumber.set(number, ordered(rules));
  return { architecture, byNumber, last };
}

/** The first rule without conditions takes the place of all others of a call, as in libseccomp. */
function ordered(rules: readonly Rule[]): Decision {
  const general = rules.find(({ conditions }) => conditions.length === 0);
  if (general === undefined) return inLibseccompOrder(rules);
  return [{ word: general.word, index: general.index, tests: [] }];
}

function addRule(
  byNumber: Map<number, Rule[]>,
  { index, word, alternatives }: NamedRule,
  name: string,
  number: number,
  architecture: Architecture,
): void {
  const add = (to: number, conditions: readonly Condition[]): void => {
    const words = conditions.map((each) => inWords(each, architecture)).filter((each) => !isTautology(each));
    const rules = byNumber.get(to);
    const rule = { index, word, conditions: words };
    if (rules === undefined) byNumber.set(to, [rule]);
    else rules.push(rule);
  };
  for (const conditions of alternatives) {
    if (number !== ABSENT) add(number, conditions);
    const [call, sub] = architecture.multiplexed ? (subCalls.get(name) ?? []) : [];
    if (call === undefined || sub === undefined) continue;
    add(syscallNumber(call, architecture), throughSubCall(conditions, sub));
  }
}

/**
 * The same rule for a program that makes the call through socketcall(2) or ipc(2), whose first argument names the call. A
 * condition on the call's own first argument can't be kept there: the arguments are in memory, out of a filter's sight.
 * libseccomp leaves those out and keeps the others, though they are about other values there; so does every runtime.
 */
function throughSubCall(conditions: readonly Condition[], sub: number): Condition[] {
  const named = condition({ index: 0, value: sub, op: "SCMP_CMP_EQ" }, "");
  return [named, ...conditions.filter(({ index }) => index !== 0)];
}
