import * as bpf from "../../bpf/extended.ts";
import type { EffectiveRule } from "../device-rules.ts";

/** The context's first argument register, and where the program keeps what it takes out of it. */
const [RESULT, CONTEXT, TYPE, WANTED, MAJOR, MINOR, SCRATCH] = [0, 1, 2, 3, 4, 5, 6];
/** BPF_DEVCG_DEV_*, BPF_DEVCG_ACC_* and struct bpf_cgroup_dev_ctx (linux/bpf.h). */
const types = { b: 1, c: 2 } as const;
const accesses: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const ALL_ACCESS = 7;
const TYPE_BITS = 0xffff;
const ACCESS_SHIFT = 16;

/**
 * Device rules as a program of type BPF_PROG_TYPE_CGROUP_DEVICE. It goes through them from the last, which wins, to the
 * first with the kinds of access that are wanted: an allowing rule takes its kinds off, until none is left and the answer
 * is yes; a denying rule that names one which is left makes it no. So it decides as v1's devices controller does.
 */
export function deviceProgram(rules: readonly EffectiveRule[]): bpf.Instruction[] {
  return [
    bpf.loadWord(TYPE, CONTEXT, 0),
    bpf.copy(WANTED, TYPE),
    bpf.and(TYPE, TYPE_BITS),
    bpf.shiftRight(WANTED, ACCESS_SHIFT),
    bpf.loadWord(MAJOR, CONTEXT, 4),
    bpf.loadWord(MINOR, CONTEXT, 8),
    ...[...rules].reverse().flatMap(ruleInstructions),
    ...answer(0),
  ];
}

function ruleInstructions(rule: EffectiveRule): bpf.Instruction[] {
  const access = [...rule.access].reduce((bits, letter) => bits | (accesses[letter] ?? 0), 0);
  const decision = rule.allow
    ? [bpf.and(WANTED, ALL_ACCESS & ~access), bpf.jumpUnlessEqual32(WANTED, 0, 2), ...answer(1)]
    : [bpf.copy(SCRATCH, WANTED), bpf.and(SCRATCH, access), bpf.jumpIfEqual(SCRATCH, 0, 2), ...answer(0)];
  const tests = conditions(rule);
  const rest = (index: number) => tests.length - index - 1 + decision.length;
  return [
    ...tests.map(([register, value], index) => bpf.jumpUnlessEqual32(register, value, rest(index))),
    ...decision,
  ];
}

function conditions({ type, major, minor }: EffectiveRule): (readonly [register: number, value: number])[] {
  return [
    ...(type === "a" ? [] : [[TYPE, types[type]] as const]),
    ...(major === undefined ? [] : [[MAJOR, major] as const]),
    ...(minor === undefined ? [] : [[MINOR, minor] as const]),
  ];
}

function answer(value: 0 | 1): bpf.Instruction[] {
  return [bpf.move(RESULT, value), bpf.exit()];
}
