import type { Seccomp } from "../oci/types.ts";
import { actionWord } from "./actions.ts";
import { type Architecture, subCalls } from "./architectures.ts";
import { type Condition, condition } from "./conditions.ts";
import { ABSENT, isForeign, syscallNumbers } from "./syscall-numbers.ts";

/** An action that is taken when all conditions hold. */
export interface Rule {
  readonly word: number;
  readonly conditions: readonly Condition[];
}

/** A rule as config.json has it, with the calls it is for. Several when conditions are alternatives. */
interface NamedRule {
  /** Names that some architecture has, and their numbers. */
  readonly names: readonly string[];
  readonly numbers: readonly (readonly number[])[];
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

/** What an architecture's calls get: a rule without conditions, or all those with conditions, in their order. */
export type Decision = number | readonly Rule[];

/** One architecture's part of a profile. */
export interface Decisions {
  readonly architecture: Architecture;
  /** By number, without the architecture's base. */
  readonly byNumber: ReadonlyMap<number, Decision>;
  /** The highest number that the profile names, ABSENT for none. */
  readonly last: number;
}

/** ARM's private calls: numbers far above the others, which say nothing about the age of a profile. */
const PRIVATE_RANGE = 0x0f0000;

/**
 * Reads a profile's rules. A rule whose action is the default action counts for nothing, as with runc.
 * @throws TsrunError with the place in config.json
 */
export function readRules(profile: Seccomp, defaultWord: number): Rules {
  const table = syscallNumbers();
  const unknown = new Set<string>();
  const rules = (profile.syscalls ?? []).map(({ names, action, errnoRet, args }, index) => {
    const pointer = `/linux/seccomp/syscalls/${index}`;
    const place = { action: `${pointer}/action`, number: `${pointer}/errnoRet` };
    const word = actionWord(action, errnoRet, place);
    const conditions = (args ?? []).map((each, at) => condition(each, `${pointer}/args/${at}`));
    const known = names.filter((name) => table.has(name) || !unknown.add(name));
    const numbers = known.map((name) => table.get(name) ?? []);
    const redundant = word === defaultWord;
    return { names: known, numbers, redundant, word, alternatives: alternatives(conditions) };
  });
  return { rules, unknown: [...unknown].filter((name) => !isForeign(name)) };
}

/**
 * Conditions of one rule must all hold; but where two are about the same argument, any one of them will do. runc and crun
 * read profiles so, for the sake of those written when each condition made a rule of its own.
 */
function alternatives(conditions: readonly Condition[]): (readonly Condition[])[] {
  const distinct = new Set(conditions.map(({ offset }) => offset)).size === conditions.length;
  return distinct ? [conditions] : conditions.map((each) => [each]);
}

/** Sorts rules by the numbers that one architecture has for their names. */
export function decide({ rules }: Rules, architecture: Architecture): Decisions {
  const { column, multiplexed } = architecture;
  const byNumber = new Map<number, Decision>();
  let last = ABSENT;
  for (const { names, numbers, redundant, word, alternatives } of rules) {
    for (const each of numbers) {
      const number = each[column] ?? ABSENT;
      if (number > last && number < PRIVATE_RANGE) last = number;
      if (redundant || number === ABSENT) continue;
      for (const conditions of alternatives) add(byNumber, number, word, conditions);
    }
    // The others' arguments are in memory, out of a filter's sight: rules about them can't be kept there.
    if (multiplexed && !redundant && alternatives[0]?.length === 0)
      addSubCalls(byNumber, names, word, column);
  }
  return { architecture, byNumber, last };
}

/**
 * The first rule without conditions wins over all others of a call, else the first rule whose conditions hold: this is
 * what libseccomp makes of profiles, whose rules with different actions don't overlap otherwise.
 */
function add(
  byNumber: Map<number, Decision>,
  number: number,
  word: number,
  conditions: readonly Condition[],
): void {
  const decision = byNumber.get(number);
  if (typeof decision === "number") return;
  if (conditions.length === 0) byNumber.set(number, word);
  else byNumber.set(number, [...(decision ?? []), { word, conditions }]);
}

/** On x86 programs reach many calls through socketcall(2) and ipc(2) as well, whose first argument names the call. */
function addSubCalls(
  byNumber: Map<number, Decision>,
  names: readonly string[],
  word: number,
  column: number,
): void {
  for (const name of names) {
    const [call, number] = subCalls.get(name) ?? [];
    if (call === undefined || number === undefined) continue;
    const through = syscallNumbers().get(call)?.[column] ?? ABSENT;
    add(byNumber, through, word, [condition({ index: 0, value: number, op: "SCMP_CMP_EQ" }, "")]);
  }
}
