import { TsrunError } from "../base/errors.ts";
import { type ClassicProgram, compare, type Label } from "../bpf/classic.ts";
import type { SeccompArgument, SeccompOperator } from "../oci/types.ts";

const WORD = 0x100000000;
const ALL_BITS = 0xffffffff;
const ARGUMENTS = 6;
/** Where the arguments begin in struct seccomp_data, and the size of each: two words, the lower one first. */
const FIRST_ARGUMENT = 16;
const ARGUMENT_SIZE = 8;

/** 64 bits as two words. */
interface Wide {
  readonly high: number;
  readonly low: number;
}

/** A comparison of one argument, in the words that BPF knows. */
export interface Condition {
  readonly op: SeccompOperator;
  /** Offset of the argument's lower word. */
  readonly offset: number;
  readonly value: Wide;
  /** The bits that count; all of them but for SCMP_CMP_MASKED_EQ. */
  readonly mask: Wide;
}

const everything: Wide = { high: ALL_BITS, low: ALL_BITS };

/**
 * A condition of config.json for the compiler. Of SCMP_CMP_MASKED_EQ the value is the mask, and valueTwo counts only in its
 * bits, as with libseccomp.
 * @throws TsrunError for an argument that no call has, or a value that has lost digits on its way through JSON
 */
export function condition({ index, op, value, valueTwo }: SeccompArgument, pointer: string): Condition {
  if (index >= ARGUMENTS) {
    throw new TsrunError(`system calls have only ${ARGUMENTS} arguments, the last is 5`, {
      pointer: `${pointer}/index`,
    });
  }
  const offset = FIRST_ARGUMENT + ARGUMENT_SIZE * index;
  const first = wide(value, `${pointer}/value`);
  if (op !== "SCMP_CMP_MASKED_EQ") return { op, offset, value: first, mask: everything };
  const second = wide(valueTwo ?? 0, `${pointer}/valueTwo`);
  const masked = { high: (second.high & first.high) >>> 0, low: (second.low & first.low) >>> 0 };
  return { op, offset, value: masked, mask: first };
}

/** JSON.parse rounds above 2^53. Only 2^64-1, all bits, is told from its neighbours: nobody writes the others. */
function wide(value: number, pointer: string): Wide {
  if (value >= WORD * WORD) return everything;
  if (value > Number.MAX_SAFE_INTEGER) {
    throw new TsrunError(`the value ${value} is above 2^53 and cannot be read exactly`, { pointer });
  }
  return { high: Math.floor(value / WORD), low: value % WORD };
}

type Writer = (
  program: ClassicProgram,
  condition: Condition,
  narrow: boolean,
  yes: Label,
  no: Label,
) => Label;

const { greater: above, greaterOrEqual: atLeast } = compare;

/** The code of each operator. */
const writers: Readonly<Record<SeccompOperator, Writer>> = {
  SCMP_CMP_EQ: equal,
  SCMP_CMP_MASKED_EQ: equal,
  SCMP_CMP_NE: (program, condition, narrow, yes, no) => equal(program, condition, narrow, no, yes),
  SCMP_CMP_GT: (program, condition, narrow, yes, no) => greater(program, condition, narrow, above, yes, no),
  SCMP_CMP_GE: (program, condition, narrow, yes, no) => greater(program, condition, narrow, atLeast, yes, no),
  SCMP_CMP_LE: (program, condition, narrow, yes, no) => greater(program, condition, narrow, above, no, yes),
  SCMP_CMP_LT: (program, condition, narrow, yes, no) => greater(program, condition, narrow, atLeast, no, yes),
};

/** Names of the operators. */
export const operatorNames = Object.keys(writers) as SeccompOperator[];

/** Writes the code of a condition. @param narrow whether only the lower words count */
export function writeCondition(
  program: ClassicProgram,
  condition: Condition,
  narrow: boolean,
  yes: Label,
  no: Label,
): Label {
  return writers[condition.op](program, condition, narrow, yes, no);
}

function equal(
  program: ClassicProgram,
  { offset, value, mask }: Condition,
  narrow: boolean,
  yes: Label,
  no: Label,
): Label {
  const low = equalWord(program, offset, mask.low, value.low, yes, no);
  return narrow ? low : equalWord(program, offset + 4, mask.high, value.high, low, no);
}

function equalWord(
  program: ClassicProgram,
  offset: number,
  mask: number,
  value: number,
  yes: Label,
  no: Label,
): Label {
  if (mask === 0) return yes;
  const branch = program.branch(compare.equal, value, yes, no);
  return program.load(offset, mask === ALL_BITS ? branch : program.and(mask, branch));
}

function greater(
  program: ClassicProgram,
  { offset, value }: Condition,
  narrow: boolean,
  lowTest: (typeof compare)["greater" | "greaterOrEqual"],
  yes: Label,
  no: Label,
): Label {
  const low = program.load(offset, program.branch(lowTest, value.low, yes, no));
  if (narrow) return low;
  const same = program.branch(compare.equal, value.high, low, no);
  return program.load(offset + 4, program.branch(compare.greater, value.high, yes, same));
}
