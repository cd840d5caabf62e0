// Our filters decide as libseccomp's do.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Seccomp, SeccompOperator } from "../../../src/oci/types.ts";
import { architectures, type Machine, X32_BIT } from "../../../src/seccomp/architectures.ts";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import { simulate } from "../../helpers/bpf-simulator.ts";
import { canDownloadDebianFiles } from "../../helpers/debian-file.ts";
import { engineProfile } from "../../helpers/engine-profile.ts";
import { compileWithLibseccomp, hasLibseccomp } from "../../helpers/libseccomp/libseccomp.ts";
import { skipUnless } from "../../helpers/skip.ts";

const machines = { amd64: "x64", arm64: "arm64" } as const;
const AUDIT_X86_64 = 0xc000003e;

/** Numbers of every call, of ARM's private ones, and some that no call has. */
const callNumbers = [
  ...Array.from({ length: 700 }, (_, nr) => nr),
  ...Array.from({ length: 16 }, (_, nr) => 0x0f0000 + nr),
  1000,
  0x3fffffff,
  0x7fffffff,
  0xffffffff,
];

/** Arguments that the profiles' rules tell apart. */
const argumentLists: readonly (readonly bigint[])[] = [
  [],
  ...[1n, 2n, 4n, 8n, 16n, 21n, 24n, 0x20000n, 0x20008n, 0xffffffffn].map((first) => [first]),
  [16n, 0n, 9n],
  [16n, 0n, 8n],
  [2n, 0n, 9n],
  [0x7e020000n, 0x7e020000n],
  [0x1_0000_0008n, 5n, 0x1_0000_0009n],
  [0xffff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn, 0xffff_ffff_ffff_ffffn],
];

function without(profile: Seccomp, names: readonly string[]): Seccomp {
  const syscalls = profile.syscalls?.map((rule) => ({
    ...rule,
    names: rule.names.filter((name) => !names.includes(name)),
  }));
  return { ...profile, syscalls: syscalls?.filter((rule) => rule.names.length > 0) ?? [] };
}

/** Compares both programs; returns how many calls were compared. */
function compareDecisions(profile: Seccomp, machine: Machine, args = argumentLists): number {
  const theirs = compileWithLibseccomp(profile);
  const ours = compileSeccomp(without(profile, theirs.unknown), machine).program;
  let compared = 0;
  const audits = new Set(architectures[machine].map(({ audit }) => audit));
  for (const arch of [...audits, 0xc00000f3]) {
    const x32 = arch === AUDIT_X86_64 ? callNumbers.map((nr) => (nr | X32_BIT) >>> 0) : [];
    for (const nr of new Set([...callNumbers, ...x32])) {
      for (const list of args) {
        const [a, b] = [ours, theirs.program].map(
          (program) => simulate(program, { arch, nr, args: list }).word,
        );
        if (a !== b)
          assert.fail(
            `arch ${arch.toString(16)} nr ${nr} (${list}): ${a?.toString(16)}, not ${b?.toString(16)}`,
          );
        compared++;
      }
    }
  }
  return compared;
}

for (const [arch, machine] of Object.entries(machines) as ["amd64" | "arm64", Machine][]) {
  test(`compileSeccomp() decides as libseccomp about the engines' profile for ${arch}`, (t: TestContext) => {
    if (!skipUnless(t, hasLibseccomp(), "libseccomp")) return;
    if (!skipUnless(t, canDownloadDebianFiles(), "debianArchive")) return;
    // Its default action is ENOSYS already, so calls newer than the profile get the same from both.
    assert.ok(compareDecisions(engineProfile(arch), machine) > 10_000);
  });
}

test("compileSeccomp() decides as libseccomp about each operator at the edges of its words", (t) => {
  if (!skipUnless(t, hasLibseccomp(), "libseccomp")) return;
  const operators: SeccompOperator[] = [
    "SCMP_CMP_NE",
    "SCMP_CMP_LT",
    "SCMP_CMP_LE",
    "SCMP_CMP_EQ",
    "SCMP_CMP_GE",
    "SCMP_CMP_GT",
    "SCMP_CMP_MASKED_EQ",
  ];
  const values = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x1fffffffff, 2 ** 52 + 1];
  const edges = values.flatMap((value) =>
    [-1n, 0n, 1n].map((step) => BigInt.asUintN(64, BigInt(value) + step)),
  );
  for (const op of operators) {
    for (const value of values) {
      const profile: Seccomp = {
        defaultAction: "SCMP_ACT_ALLOW",
        architectures: ["SCMP_ARCH_X86_64"],
        syscalls: [
          {
            names: ["write"],
            action: "SCMP_ACT_ERRNO",
            errnoRet: 5,
            args: [{ index: 3, op, value, valueTwo: 0x1f00000001 }],
          },
        ],
      };
      const theirs = compileWithLibseccomp(profile).program;
      const ours = compileSeccomp(profile, "x64").program;
      for (const edge of [...edges, 0x1f00000001n]) {
        const data = { arch: AUDIT_X86_64, nr: 1, args: [0n, 0n, 0n, edge] };
        assert.equal(simulate(ours, data).word, simulate(theirs, data).word, `${edge} ${op} ${value}`);
      }
    }
  }
});
