// Asks both filters about the same calls.
import type { Seccomp, SeccompOperator, SeccompRule } from "../../../src/oci/types.ts";
import {
  type Architecture,
  architectureOf,
  architectures,
  machineOf,
  X32_BIT,
} from "../../../src/seccomp/architectures.ts";
import { compileSeccomp, planFilter } from "../../../src/seccomp/compile.ts";
import { explainCall } from "../../../src/seccomp/explain.ts";
import { encode, simulator } from "../bpf-simulator.ts";
import type { faults } from "./differences.ts";
import type { Dice } from "./generated-profiles.ts";
import { holdingActions, holdingRules } from "./holding-rules.ts";
import { compileWithLibseccomp, type LibseccompFilter } from "./libseccomp.ts";

const ENOSYS = 0x00050026;
/** RISC-V with 32 bits: no profile names it. */
const STRANGE_ARCH = 0x400000f3;
/** Numbers that the tables end below, and more than any call has. */
const NUMBERS = 480;
const strangeNumbers = [
  1000, 0x0f0000, 0x0f0001, 0x0f0002, 0x0f0003, 0x0f0004, 0x0f0005, 0x0f0006, 0x3fffffff, 0x7fffffff,
  0xfffffffe, 0xffffffff,
];

/** One call that the filters were asked about. */
export interface Asked {
  readonly architecture: Architecture;
  readonly nr: number;
  readonly args: readonly bigint[];
  readonly ours: number;
  readonly theirs: number;
}

/** Why libseccomp may decide otherwise. */
export type Excuse = keyof typeof faults;

/** What came of a comparison. */
export interface Comparison {
  readonly profile: Seccomp;
  readonly calls: number;
  readonly differences: readonly Asked[];
}

/** What both get: the profile without names that this libseccomp lacks, and without rules that it refuses. */
export function commonProfile(profile: Seccomp, { unknown, refused }: LibseccompFilter): Seccomp {
  const syscalls = (profile.syscalls ?? []).flatMap((rule, index): SeccompRule[] => {
    const lost = refused.filter((each) => each.rule === index).map(({ name }) => name);
    const names = rule.names.filter((name) => !unknown.includes(name) && !lost.includes(name));
    return names.length === 0 ? [] : [{ ...rule, names }];
  });
  return { ...profile, syscalls };
}

/** Values at which some condition on an argument changes its mind, by the argument. */
function edges(profile: Seccomp): bigint[][] {
  const lists = Array.from({ length: 6 }, () => new Set([0n, 2n ** 64n - 1n]));
  for (const { index, value, valueTwo = 0 } of (profile.syscalls ?? []).flatMap(({ args = [] }) => args)) {
    for (const one of [BigInt(value), BigInt(valueTwo), BigInt(value) ^ BigInt(valueTwo)]) {
      for (const step of [-1n, 0n, 1n, 2n ** 32n, -(2n ** 32n)])
        lists[index]?.add(BigInt.asUintN(64, one + step));
    }
  }
  // Through socketcall(2) and ipc(2) the first argument is a call's number.
  for (const sub of [1n, 2n, 3n, 12n, 21n]) lists[0]?.add(sub);
  return lists.map((list) => [...list]);
}

function randomArguments(dice: Dice, lists: readonly (readonly bigint[])[]): bigint[] {
  return lists.map((list) => (dice.chance(90) ? dice.pick(list) : BigInt(dice.below(2 ** 32)) << 16n));
}

/** Numbers to try under one AUDIT_ARCH value. */
function numbersOf(architecture: Architecture): number[] {
  const bases = architecture.name === "SCMP_ARCH_X86_64" ? [0, X32_BIT] : [architecture.base, 0];
  const all = bases.flatMap((base) => Array.from({ length: NUMBERS }, (_, nr) => base + nr));
  return [...new Set([...all, ...strangeNumbers])];
}

/**
 * Compares decisions about every call number with some arguments, and with `samples` lists of arguments where the profile
 * has conditions. runc's rule about newer calls is not libseccomp's: there ours must be ENOSYS.
 */
export function compareWithLibseccomp(
  original: Seccomp,
  dice: Dice,
  samples: number,
  optimize?: number,
): Comparison {
  const theirs = compileWithLibseccomp(original, optimize);
  const profile = commonProfile(original, theirs);
  const [own = "SCMP_ARCH_X86_64"] = profile.architectures ?? [];
  const machine = machineOf(own);
  const { bigEndian } = architectureOf(own);
  const askOurs = simulator(compileSeccomp(profile, machine).program, bigEndian);
  const askTheirs = simulator(theirs.program, bigEndian);
  const plan = planFilter(profile, machine);
  const conditional = new Set(
    plan.parts.flatMap(({ architecture, calls }) =>
      Object.keys(calls).map((nr) => architecture.base + Number(nr)),
    ),
  );
  const lists = edges(profile);
  const differences: Asked[] = [];
  let calls = 0;
  const ask = (architecture: Architecture, nr: number, args: readonly bigint[], words: number[]): void => {
    words[0] = nr;
    const [ours, libseccomps] = [askOurs(words).word, askTheirs(words).word];
    const call = { architecture: architecture.name, number: nr, args };
    const isNewer = ours === ENOSYS && ours !== libseccomps && explainCall(plan, call).reason === "newer";
    calls++;
    if (ours !== libseccomps && !isNewer)
      differences.push({ architecture, nr, args, ours, theirs: libseccomps });
  };
  // x32 is asked about together with x86-64.
  const asked = architectures[machine].filter(({ base }) => base !== X32_BIT);
  for (const architecture of [...asked, { ...architectureOf(own), audit: STRANGE_ARCH, name: own }]) {
    const arch = architecture.audit;
    const fixed = randomArguments(dice, lists);
    const words = encode({ arch, nr: 0, args: fixed, bigEndian });
    const numbers = numbersOf(architecture);
    for (const nr of numbers) ask(architecture, nr, fixed, words);
    for (const nr of numbers.filter((each) => conditional.has(each) && arch !== STRANGE_ARCH)) {
      for (let one = 0; one < samples; one++) {
        const args = randomArguments(dice, lists);
        ask(architecture, nr, args, encode({ arch, nr, args, bigEndian }));
      }
    }
  }
  return { profile, calls, differences };
}

const equalities: readonly SeccompOperator[] = ["SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ"];

function areEntangled(rules: readonly SeccompRule[], { narrow }: Architecture): boolean {
  const bounds = rules.map(({ args = [] }) =>
    args
      .filter(({ op }) => !equalities.includes(op))
      .map(({ index, value }) => `${index} ${BigInt(value) >> 32n}`),
  );
  const hasMore = (at: number): boolean => (rules[at]?.args?.length ?? 0) > 1;
  return (
    !narrow &&
    bounds.some(
      (list, at) =>
        hasMore(at) &&
        bounds.some((other, place) => place !== at && other.some((each) => list.includes(each))),
    )
  );
}

/** Finds out which fault makes libseccomp decide otherwise about a call (differences.ts). @returns undefined where none does */
export function excuseFor(
  profile: Seccomp,
  { architecture, nr, args, ours, theirs }: Asked,
): Excuse | undefined {
  const isX32 = architecture.name === "SCMP_ARCH_X86_64" && nr >= X32_BIT;
  const call = { architecture: isX32 ? architectureOf("SCMP_ARCH_X32") : architecture, nr, args };
  const actions = holdingActions(profile, call);
  if (!actions.has(ours)) return undefined;
  if (!actions.has(theirs)) return "no such rule";
  const rules = holdingRules(profile, call);
  const alone = compileWithLibseccomp({ ...profile, syscalls: rules });
  const { bigEndian } = architecture;
  const words = encode({ arch: architecture.audit, nr, args, bigEndian });
  if (simulator(alone.program, bigEndian)(words).word === ours) return "disturbed";
  return areEntangled(rules, call.architecture) ? "entangled" : undefined;
}
