import assert from "node:assert/strict";
import { test } from "node:test";
import type { Seccomp } from "../../../src/oci/types.ts";
import { actionWord } from "../../../src/seccomp/actions.ts";
import { architectureOf, architectures, machineOf } from "../../../src/seccomp/architectures.ts";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import { type Call, explainSeccomp } from "../../../src/seccomp/explain.ts";
import { ABSENT, syscallNumber } from "../../../src/seccomp/syscall-numbers.ts";
import { encode, simulator } from "../../helpers/bpf-simulator.ts";
import { Dice, generatedProfile } from "../../helpers/libseccomp/generated-profiles.ts";

const profile: Seccomp = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: 13,
  architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
  syscalls: [
    { names: ["read", "write"], action: "SCMP_ACT_ALLOW" },
    {
      names: ["socket"],
      action: "SCMP_ACT_TRACE",
      errnoRet: 7,
      args: [{ index: 0, op: "SCMP_CMP_EQ", value: 16 }],
    },
    { names: ["socket"], action: "SCMP_ACT_KILL", args: [{ index: 1, op: "SCMP_CMP_GT", value: 2 ** 40 }] },
  ],
};

function reasonOf(call: Partial<Call>): string {
  const { action, data, reason, pointer } = explainSeccomp(profile, {
    architecture: "SCMP_ARCH_X86_64",
    number: 0,
    args: [],
    ...call,
  });
  return `${action}${data === undefined ? "" : ` ${data}`}: ${reason} ${pointer}`;
}

test("explainSeccomp() names the rule that decides", () => {
  assert.equal(reasonOf({ number: 1 }), "SCMP_ACT_ALLOW: rule /linux/seccomp/syscalls/0");
  assert.equal(reasonOf({ number: 41, args: [16n] }), "SCMP_ACT_TRACE 7: rule /linux/seccomp/syscalls/1");
  // libseccomp's order: conditions on later arguments come first.
  assert.equal(
    reasonOf({ number: 41, args: [16n, 2n ** 41n] }),
    "SCMP_ACT_KILL: rule /linux/seccomp/syscalls/2",
  );
});

test("explainSeccomp() says why no rule decides", () => {
  const byDefault = "SCMP_ACT_ERRNO 13: default /linux/seccomp/defaultAction";
  assert.equal(reasonOf({ number: 2 }), byDefault);
  assert.equal(reasonOf({ number: 41, args: [17n, 5n] }), byDefault);
  assert.equal(reasonOf({ number: 0xffffffff }), byDefault);
  assert.equal(reasonOf({ number: 42 }), "SCMP_ACT_ERRNO 38: newer /linux/seccomp/syscalls");
  const strange = "SCMP_ACT_KILL: architecture /linux/seccomp/architectures";
  assert.equal(reasonOf({ architecture: "SCMP_ARCH_X32", number: 0x40000001 }), strange);
  assert.equal(reasonOf({ number: 0x40000001 }), strange);
});

test("explainSeccomp() reads a profile for the machine on which the call occurs", () => {
  const arm: Partial<Call> = { architecture: "SCMP_ARCH_AARCH64", number: 64 };
  assert.equal(reasonOf(arm), "SCMP_ACT_ALLOW: rule /linux/seccomp/syscalls/0");
  const big: Partial<Call> = { architecture: "SCMP_ARCH_S390X", number: 359, args: [16n, 2n ** 41n] };
  assert.equal(reasonOf(big), "SCMP_ACT_KILL: rule /linux/seccomp/syscalls/2");
  const other: Partial<Call> = { architecture: "SCMP_ARCH_S390", number: 4 };
  assert.equal(reasonOf(other), "SCMP_ACT_KILL: architecture /linux/seccomp/architectures");
});

test("explainSeccomp() agrees with the filter, and names a rule with that action", () => {
  const dice = new Dice(11);
  const arguments_ = [0n, 1n, 5n, 0xffffffffn, 2n ** 32n, 0x500000005n, 2n ** 63n, 2n ** 64n - 1n];
  const reasons = new Set<string>();
  for (let count = 0; count < 150; count++) {
    const generated = generatedProfile(dice);
    const [own = "SCMP_ARCH_X86_64"] = generated.architectures ?? [];
    const machine = machineOf(own);
    const { bigEndian } = architectureOf(own);
    const run = simulator(compileSeccomp(generated, machine).program, bigEndian);
    for (let call = 0; call < 60; call++) {
      const architecture = dice.pick(architectures[machine]);
      const named = dice.pick(generated.syscalls?.flatMap(({ names }) => names) ?? []);
      const found = syscallNumber(named, architecture);
      const number = found === ABSENT || dice.chance(20) ? architecture.base + dice.below(600) : found;
      const args = Array.from({ length: 6 }, () => dice.pick(arguments_));
      const { word, reason, pointer } = explainSeccomp(generated, {
        architecture: architecture.name,
        number,
        args,
      });
      const expected = run(encode({ arch: architecture.audit, nr: number, args, bigEndian })).word;
      assert.equal(word, expected, `${architecture.name} ${number} (${args}) of ${count}`);
      const { action, errnoRet } = generated.syscalls?.[Number(/\d+$/.exec(pointer)?.[0])] ?? {};
      if (reason === "rule") assert.equal(action && actionWord(action, errnoRet, ""), word);
      reasons.add(reason);
    }
  }
  assert.deepEqual([...reasons].sort(), ["architecture", "default", "newer", "rule"]);
});
