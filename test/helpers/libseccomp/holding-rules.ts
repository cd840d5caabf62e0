// What a profile says of a call in so many words, without regard to order: the actions of all rules that hold.
import type { Seccomp, SeccompArgument, SeccompOperator, SeccompRule } from "../../../src/oci/types.ts";
import { actionWord } from "../../../src/seccomp/actions.ts";
import { type Architecture, subCalls } from "../../../src/seccomp/architectures.ts";
import { syscallNumber } from "../../../src/seccomp/syscall-numbers.ts";

const operators: Readonly<
  Record<SeccompOperator, (argument: bigint, value: bigint, second: bigint) => boolean>
> = {
  SCMP_CMP_EQ: (argument, value) => argument === value,
  SCMP_CMP_NE: (argument, value) => argument !== value,
  SCMP_CMP_LT: (argument, value) => argument < value,
  SCMP_CMP_LE: (argument, value) => argument <= value,
  SCMP_CMP_GT: (argument, value) => argument > value,
  SCMP_CMP_GE: (argument, value) => argument >= value,
  SCMP_CMP_MASKED_EQ: (argument, mask, value) => (argument & mask) === (value & mask),
};

function holds(
  { index, op, value, valueTwo = 0 }: SeccompArgument,
  args: readonly bigint[],
  bits: number,
): boolean {
  const [argument, first, second] = [args[index] ?? 0n, BigInt(value), BigInt(valueTwo)].map((each) =>
    BigInt.asUintN(bits, each),
  );
  return operators[op](argument ?? 0n, first ?? 0n, second ?? 0n);
}

/** Whether a rule's conditions hold for a call that is made by its own number, or as a sub-call. */
function applies(
  list: readonly SeccompArgument[],
  name: string,
  nr: number,
  args: readonly bigint[],
  architecture: Architecture,
): boolean {
  const bits = architecture.narrow ? 32 : 64;
  const all = (conditions: readonly SeccompArgument[]): boolean =>
    conditions.every((each) => holds(each, args, bits));
  if (syscallNumber(name, architecture) === nr && all(list)) return true;
  const [through, sub] = (architecture.multiplexed ? subCalls().get(name) : undefined) ?? [];
  if (through === undefined || sub === undefined || syscallNumber(through, architecture) !== nr) return false;
  const isSub: SeccompArgument = { index: 0, op: "SCMP_CMP_EQ", value: sub };
  return all([isSub, ...list.filter(({ index }) => index !== 0)]);
}

/** One call. */
export interface AskedCall {
  readonly architecture: Architecture;
  readonly nr: number;
  readonly args: readonly bigint[];
}

/** The rules of a profile that hold for a call, each with the one name and the conditions that do it. */
export function holdingRules(profile: Seccomp, { architecture, nr, args }: AskedCall): SeccompRule[] {
  return (profile.syscalls ?? []).flatMap((rule) => {
    const list = rule.args ?? [];
    const distinct = new Set(list.map(({ index }) => index)).size === list.length;
    const alternatives = distinct ? [list] : list.map((each) => [each]);
    return rule.names.flatMap((name) =>
      alternatives
        .filter((each) => applies(each, name, nr, args, architecture))
        .map((each) => ({ ...rule, names: [name], args: each })),
    );
  });
}

/** The filter's return values for rules that hold; the default action's counts only where there is none. */
export function holdingActions(profile: Seccomp, call: AskedCall): ReadonlySet<number> {
  const defaultWord = actionWord(profile.defaultAction, profile.defaultErrnoRet, "");
  const words = holdingRules(profile, call).map(({ action, errnoRet }) => actionWord(action, errnoRet, ""));
  const others = words.filter((word) => word !== defaultWord);
  return new Set(others.length > 0 ? others : [defaultWord]);
}
