import type { Seccomp } from "../oci/types.ts";
import { actionWord } from "./actions.ts";
import { type Architecture, subCalls } from "./architectures.ts";
import { type Condition, condition, inWords, isTautology } from "./conditions.ts";
import { inLibseccompOrder, type Rule, type Way } from "./rule-order.ts";
import { ABSENT, commonTable, isSyscall, rowOf, tableNumber } from "./syscall-numbers.ts";

/** A rule as config.json has it, with the calls it is for. Several when conditions are alternatives. */
interface NamedRule {
  readonly index: number;
  /** Names that some architecture has. */
  readonly names: readonly string[];
  /** For each name its row of the common table, undefined where only other architectures have it. */
  readonly rows: readonly (readonly number[] | undefined)[];
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
}

/** What a call gets: the first of these whose tests come out as wanted, else the default action. */
export type Decision = readonly Way[];

/** One architecture's part of a profile. */
export interface Decisions {
  readonly architecture: Architecture;
  /** By number without the architecture's base. An array: most of the compiler's time goes by in these lists. */
  readonly calls: readonly (CallRules | undefined)[];
  /** ARM's private calls, by number. */
  readonly apart: ReadonlyMap<number, CallRules>;
  /** The highest number of `calls` that the profile names, ABSENT for none. */
  readonly last: number;
}

/** ARM's private calls: numbers far above the others, which say nothing about the age of a profile. */
const FIRST_PRIVATE = 0x0f0000;

/**
 * Reads a profile's rules. A rule whose action is the default action counts for nothing, as with runc.
 * @throws TsrunError with the place in config.json
 */
export function readRules(profile: Seccomp, defaultWord: number): Rules {
  const unknown = new Set<string>();
  const table = commonTable();
  const rules = (profile.syscalls ?? []).map(({ names, action, errnoRet, args }, index) => {
    const pointer = `/linux/seccomp/syscalls/${index}`;
    const word = actionWord(action, errnoRet, `${pointer}/errnoRet`);
    const conditions = (args ?? []).map((each, at) => condition(each, `${pointer}/args/${at}`));
    const known: string[] = [];
    const rows: NamedRule["rows"][number][] = [];
    for (const name of names) {
      const row = rowOf(table, name);
      if (row === undefined && !isSyscall(name)) {
        unknown.add(name);
        continue;
      }
      known.push(name);
      rows.push(row);
    }
    const redundant = word === defaultWord;
    return { index, names: known, rows, redundant, word, alternatives: alternatives(conditions) };
  });
  return { rules, unknown: [...unknown] };
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
  const calls: (CallRules | undefined)[] = [];
  const apart = new Map<number, CallRules>();
  const column = typeof architecture.table === "number" ? architecture.table : ABSENT;
  let last = ABSENT;
  for (const rule of rules) {
    const { names, rows, redundant, alternatives } = rule;
    const own = callRules(architecture, rule, alternatives);
    for (let at = 0; at < names.length; at++) {
      const number =
        column === ABSENT ? tableNumber(names[at] ?? "", architecture) : (rows[at]?.[column] ?? ABSENT);
      if (number >= FIRST_PRIVATE) {
        if (!redundant) apart.set(number, joined(apart.get(number), own));
        continue;
      }
      if (number > last) last = number;
      if (!redundant && number !== ABSENT) calls[number] = joined(calls[number], own);
    }
    if (architecture.multiplexed && !redundant) addSubCalls(calls, rule, architecture);
  }
  return { architecture, calls, apart, last };
}

function addSubCalls(calls: (CallRules | undefined)[], rule: NamedRule, architecture: Architecture): void {
  const names = new Set(rule.names);
  for (const [name, [call, sub]] of subCalls()) {
    if (!names.has(name)) continue;
    const number = tableNumber(call, architecture);
    const alternatives = rule.alternatives.map((conditions) => throughSubCall(conditions, sub));
    calls[number] = joined(calls[number], callRules(architecture, rule, alternatives));
  }
}

/** What some calls get. Calls with the same rules share this, as most calls of a profile do. */
export class CallRules {
  readonly rules: readonly Rule[];
  #decision: number | Decision | undefined;

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
  }

  /** The action whatever the arguments are, or ways to others: the first rule without conditions takes the place of all others. */
  get decision(): number | Decision {
    this.#decision ??=
      this.rules.find(({ conditions }) => conditions.length === 0)?.word ?? inLibseccompOrder(this.rules);
    return this.#decision;
  }
}

function joined(before: CallRules | undefined, added: CallRules): CallRules {
  return before === undefined ? added : new CallRules([...before.rules, ...added.rules]);
}

function callRules(
  architecture: Architecture,
  { index, word }: NamedRule,
  alternatives: NamedRule["alternatives"],
): CallRules {
  return new CallRules(alternatives.map((conditions) => ruleFor(architecture, index, word, conditions)));
}

function ruleFor(
  architecture: Architecture,
  index: number,
  word: number,
  conditions: readonly Condition[],
): Rule {
  const words = conditions.map((each) => inWords(each, architecture)).filter((each) => !isTautology(each));
  return { index, word, conditions: words };
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
