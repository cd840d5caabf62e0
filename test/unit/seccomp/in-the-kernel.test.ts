// The simulator, which the other tests believe, against the kernel: a process under real filters.
import assert from "node:assert/strict";
import { arch } from "node:process";
import { type TestContext, test } from "node:test";
import type { Seccomp, SeccompRule } from "../../../src/oci/types.ts";
import { architectures } from "../../../src/seccomp/architectures.ts";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import { installSeccomp } from "../../../src/seccomp/install.ts";
import { syscallNumber } from "../../../src/seccomp/syscall-numbers.ts";
import { setNoNewPrivileges } from "../../../src/sys/prctl.ts";
import { Hand } from "../../../src/sys/stub/hand.ts";
import { HandMemory } from "../../../src/sys/stub/hand-memory.ts";
import { encode, simulator } from "../../helpers/bpf-simulator.ts";
import { Dice, generatedProfile } from "../../helpers/libseccomp/generated-profiles.ts";

const machine = arch === "arm64" ? "arm64" : "x64";
const [own] = architectures[machine];
const ALLOW = 0x7fff0000;
const RETURN_ERRNO = 0x00050000;
const PROFILES = 25;
const CALLS = 150;

/** The conditions of a generated profile, on a call that takes none, with actions that leave the caller alive. */
function harmless(dice: Dice): Seccomp {
  const { syscalls = [] } = generatedProfile(dice);
  const rules = syscalls.map((rule, index): SeccompRule => {
    const args = rule.args ?? [];
    return { names: ["getpid"], action: "SCMP_ACT_ERRNO", errnoRet: 100 + index, args };
  });
  return { defaultAction: "SCMP_ACT_ALLOW", syscalls: rules.filter(({ args }) => args?.length !== 0) };
}

/** Arguments near the values of the conditions, as a hand takes them: of 53 bits with a sign. */
function argumentsFor({ syscalls = [] }: Seccomp, dice: Dice): number[] {
  const values = syscalls.flatMap(({ args = [] }) =>
    args.flatMap(({ value, valueTwo = 0 }) => [value, valueTwo]),
  );
  return Array.from({ length: 6 }, () => {
    const value = BigInt(dice.pick([0, ...values])) + dice.pick([-1n, 0n, 1n]);
    const signed = BigInt.asIntN(64, value);
    return Number(Number.isSafeInteger(Number(signed)) ? signed : BigInt.asUintN(52, value));
  });
}

test("simulator() decides as the kernel about filters with conditions", (t: TestContext) => {
  const dice = new Dice(60);
  let refused = 0;
  for (let count = 0; count < PROFILES; count++) {
    const profile = harmless(dice);
    const filter = compileSeccomp(profile, machine);
    const run = simulator(filter.program);
    const hand = Hand.clone(new HandMemory(1 << 20), { namespaces: 0 });
    try {
      setNoNewPrivileges(hand);
      installSeccomp(hand, filter);
      for (let call = 0; call < CALLS; call++) {
        const args = argumentsFor(profile, dice);
        const nr = syscallNumber("getpid", own ?? assert.fail());
        const { word } = run(encode({ arch: own?.audit ?? 0, nr, args: args.map((each) => BigInt(each)) }));
        const expected = word === ALLOW ? hand.pid : -(word - RETURN_ERRNO);
        if (word !== ALLOW) refused++;
        const result = hand.attempt({ name: "getpid", args });
        assert.equal(result, expected, `${args.map((each) => each.toString(16))} of profile ${count}`);
      }
    } finally {
      hand.destroy();
    }
  }
  t.diagnostic(`${refused} of ${PROFILES * CALLS} calls were refused`);
  assert.ok(refused > CALLS && refused < (PROFILES - 1) * CALLS);
});
