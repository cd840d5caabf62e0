import assert from "node:assert/strict";
import { test } from "node:test";
import type { Seccomp } from "../../../src/oci/types.ts";
import { type Call, explainSeccomp } from "../../../src/seccomp/explain.ts";

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
