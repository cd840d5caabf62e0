import { TsrunError } from "../base/errors.ts";
import { type Comparison, compare } from "../bpf/classic.ts";
import type { SeccompArgument, SeccompOperator } from "../oci/types.ts";
import type { Architecture } from "./architectures.ts";

const WORD = 0x100000000;
const WORD_BITS = 32n;
const ALL_BITS = 0xffffffff;
const ARGUMENTS = 6;
/** Where the arguments begin in struct seccomp_data, and the size of each: two words. */
const FIRST_ARGUMENT = 16;
const ARGUMENT_SIZE = 8;

/** 64 bits as two words. */
interface Wide {
  readonly high: number;
  readonly low: number;
}

/** A comparison of one argument. */
export interface Condition {
  readonly index: number;
  readonly op: SeccompOperator;
  readonly value: Wide;
  /** The bits that count; all of them but for SCMP_CMP_MASKED_EQ. */
  readonly mask: Wide;
}

/** A comparison of one word of struct seccomp_data, as BPF has it. */
export interface WordTest {
  /** Of the word. */
  readonly offset: number;
  readonly mask: number;
  readonly comparison: Exclude<Comparison, typeof compare.anyBit>;
  readonly value: number;
}

/** A condition as one architecture compares it: whether `above`, or all of `tests`, hold; or the opposite. */
export interface WordCondition {
  readonly op: SeccompOperator;
  /** Whether the higher word alone decides. */
  readonly above: WordTest | undefined;
  readonly tests: readonly WordTest[];
  readonly negated: boolean;
}

const everything: Wide = { high: ALL_BITS, low: ALL_BITS };

/**
 * A condition of config.json for the compiler. Of SCMP_CMP_MASKED_EQ the value is the mask, and valueTwo counts only in its
 * bits, as with libseccomp.
 * @throws TsrunError for an argument that no call has
 */
export function condition({ index, op, value, valueTwo }: SeccompArgument, pointer: string): Condition {
  if (index >= ARGUMENTS) {
    throw new TsrunError(`system calls have only ${ARGUMENTS} arguments, the last is 5`, {
      pointer: `${pointer}/index`,
    });
  }
  const first = wide(value);
  if (op !== "SCMP_CMP_MASKED_EQ") return { index, op, value: first, mask: everything };
  const second = wide(valueTwo ?? 0);
  const masked = { high: (second.high & first.high) >>> 0, low: (second.low & first.low) >>> 0 };
  return { index, op, value: masked, mask: first };
}

function wide(value: number | bigint): Wide {
  if (typeof value === "number" && value <= Number.MAX_SAFE_INTEGER) {
    return { high: Math.floor(value / WORD), low: value % WORD };
  }
  const bits = BigInt(value);
  return { high: Number(bits >> WORD_BITS), low: Number(BigInt.asUintN(32, bits)) };
}

/** How a condition is written in words. LT and LE are the opposites of GE and GT. */
const forms: Readonly<
  Record<SeccompOperator, readonly [comparison: WordTest["comparison"], negated: boolean]>
> = {
  SCMP_CMP_EQ: [compare.equal, false],
  SCMP_CMP_MASKED_EQ: [compare.equal, false],
  SCMP_CMP_NE: [compare.equal, true],
  SCMP_CMP_GT: [compare.greater, false],
  SCMP_CMP_GE: [compare.greaterOrEqual, false],
  SCMP_CMP_LE: [compare.greater, true],
  SCMP_CMP_LT: [compare.greaterOrEqual, true],
};

/** Names of the operators. */
export const operatorNames = Object.keys(forms) as SeccompOperator[];

/** A condition in the words of one architecture's arguments, the higher ones first. */
export function inWords({ index, op, value, mask }: Condition, architecture: Architecture): WordCondition {
  const { narrow, bigEndian } = architecture;
  const offset = FIRST_ARGUMENT + ARGUMENT_SIZE * index;
  const [high, low] = bigEndian ? [offset, offset + 4] : [offset + 4, offset];
  const [comparison, negated] = forms[op];
  const last: WordTest = { offset: low, mask: mask.low, comparison, value: value.low };
  if (narrow) return { op, above: undefined, tests: [last], negated };
  const same: WordTest = { offset: high, mask: mask.high, comparison: compare.equal, value: value.high };
  const above = comparison === compare.equal ? undefined : { ...same, comparison: compare.greater };
  return { op, above, tests: [same, last], negated };
}

/** Which argument an offset is in, and whether in its second word. */
export function argumentAt(offset: number): readonly [index: number, second: boolean] {
  const from = offset - FIRST_ARGUMENT;
  return [Math.floor(from / ARGUMENT_SIZE), from % ARGUMENT_SIZE !== 0];
}

/** Whether a condition holds whatever the argument is. */
export function isTautology({ tests }: WordCondition): boolean {
  return tests.every(({ mask }) => mask === 0);
}

/** A test with the outcome that is wanted. */
export interface Wanted extends WordTest {
  readonly outcome: boolean;
}

/** The ways in which a condition can hold: of each, all outcomes together; no two of them at once. */
export function waysToHold({ above, tests, negated }: WordCondition): readonly (readonly Wanted[])[] {
  const wanted = (test: WordTest, outcome: boolean): Wanted => ({ ...test, outcome });
  const before = above === undefined ? [] : [wanted(above, false)];
  const equalUpTo = (end: number): Wanted[] => [
    ...before,
    ...tests.slice(0, end).map((test) => wanted(test, true)),
  ];
  if (negated) return tests.map((test, index) => [...equalUpTo(index), wanted(test, false)]);
  const last = equalUpTo(tests.length);
  return above === undefined ? [last] : [[wanted(above, true)], last];
}
