import assert from "node:assert/strict";
import { test } from "node:test";
import { listingOf, verdictText } from "../../../src/cli/seccomp-text.ts";
import type { Seccomp } from "../../../src/oci/types.ts";
import { architectureOf } from "../../../src/seccomp/architectures.ts";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import { explainSeccomp } from "../../../src/seccomp/explain.ts";

const x64 = architectureOf("SCMP_ARCH_X86_64");
const profile: Seccomp = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [
    {
      names: ["kill"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: 38,
      args: [{ index: 1, op: "SCMP_CMP_EQ", value: 9 }],
    },
  ],
};

test("listingOf() prints an instruction a line and says what numbers mean", () => {
  const lines = listingOf(compileSeccomp(profile, "x64"), x64).trimEnd().split("\n");
  assert.match(lines[0] ?? "", /^; SCMP_ARCH_X86_64: \d+ instructions, SECCOMP_FILTER_FLAG_\* 0x4$/);
  assert.equal(lines.length - 1, compileSeccomp(profile, "x64").program.length / 8);
  const text = lines.join("\n");
  for (const part of ["ld [4] ", "; architecture", "; number", "; argument 1, lower half", "ret #0x50026 "]) {
    assert.ok(text.includes(part), part);
  }
  assert.match(text, /; SCMP_ACT_ERRNO 38 \(ENOSYS\)/);
  assert.match(text, /; SCMP_ACT_ALLOW/);
});

test("verdictText() says what a call gets and why", () => {
  const say = (number: number, ...args: bigint[]) => {
    const call = { architecture: "SCMP_ARCH_X86_64", number, args } as const;
    const verdict = explainSeccomp(profile, call);
    return verdictText(call, x64, verdict, verdict.pointer);
  };
  assert.equal(
    say(62, 1n, 9n),
    "kill(0x1, 0x9), number 62 on SCMP_ARCH_X86_64: SCMP_ACT_ERRNO 38 (ENOSYS)\n/linux/seccomp/syscalls/0: by this rule\n",
  );
  assert.match(say(62, 1n, 15n), /SCMP_ACT_ALLOW\n\/linux\/seccomp\/defaultAction: no rule is about it/);
  assert.match(say(999_999), /^an unknown call\(\), number 999999/);
});
