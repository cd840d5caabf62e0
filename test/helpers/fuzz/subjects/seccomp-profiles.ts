import { writeFileSync } from "node:fs";
import fc from "fast-check";
import type { Seccomp } from "../../../../src/oci/types.ts";
import { compileSeccomp } from "../../../../src/seccomp/compile.ts";
import { explainSeccomp } from "../../../../src/seccomp/explain.ts";
import { readProfile, withinFile } from "../../../../src/seccomp/profile-file.ts";
import { simulate } from "../../bpf-simulator.ts";
import { damagedTexts } from "../damage.ts";
import { faultOf } from "../fault.ts";
import { hostileNumbers } from "../hostile.ts";
import { type JsonObject, write } from "../json.ts";
import { type Subject, subject } from "../subject.ts";

const X86_64 = 0xc000003e;
const actions = [
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_KILL",
  "SCMP_ACT_LOG",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_NOTIFY",
];
const action = fc.constantFrom(...actions, "SCMP_ACT_NONE");
const callNames = [
  "read",
  "write",
  "clone",
  "clone3",
  "socketcall",
  "ipc",
  "mount",
  "personality",
  "no_such_call",
  "",
];
const operators = ["EQ", "NE", "LT", "LE", "GT", "GE", "MASKED_EQ"].map((name) => `SCMP_CMP_${name}`);
const value = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(0, 1, 2, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53) },
  { weight: 1, arbitrary: hostileNumbers },
);
const condition = fc.record(
  { index: fc.integer({ min: 0, max: 6 }), value, op: fc.constantFrom(...operators), valueTwo: value },
  { requiredKeys: ["index", "value", "op"] },
);
const rule = fc.record(
  {
    names: fc.array(fc.constantFrom(...callNames), { minLength: 1, maxLength: 3 }),
    action,
    errnoRet: fc.constantFrom(0, 1, 38, 4095, 65_536),
    args: fc.array(condition, { maxLength: 4 }),
    includes: fc.constantFrom<JsonObject>(
      { caps: ["CAP_KILL"] },
      { arches: ["amd64"], minKernel: "4.8" },
      { minKernel: "x" },
    ),
    excludes: fc.constantFrom<JsonObject>({ caps: ["CAP_SYS_ADMIN"] }, { arches: ["s390"] }),
  },
  { requiredKeys: ["names", "action"] },
);
const profile = fc.record(
  {
    defaultAction: action,
    defaultErrnoRet: fc.constantFrom(1, 38),
    architectures: fc.subarray(["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_ARM"]),
    flags: fc.subarray([
      "SECCOMP_FILTER_FLAG_LOG",
      "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
      "SECCOMP_FILTER_FLAG_TSYNC",
    ]),
    syscalls: fc.array(rule, { maxLength: 6 }),
  },
  { requiredKeys: ["defaultAction"] },
) as fc.Arbitrary<JsonObject>;

const texts = fc.oneof(
  { weight: 6, arbitrary: profile.map(write) },
  { weight: 3, arbitrary: profile.chain(damagedTexts) },
  { weight: 1, arbitrary: profile.map((seccomp) => write({ linux: { seccomp } })) },
);
const calls = fc.record({
  number: fc.oneof(fc.nat(500), fc.constantFrom(0x40000000, 0x40000005, 0xffffffff, 1000)),
  args: fc.array(fc.constantFrom(0n, 1n, 2n, 255n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 64n - 1n), {
    maxLength: 6,
  }),
});

/** What the program decides is what `seccomp explain` says. */
function faultIn(
  seccomp: Seccomp,
  { number, args }: { number: number; args: readonly bigint[] },
): string | undefined {
  const { program } = compileSeccomp(seccomp, "x64");
  const { word } = simulate(program, { arch: X86_64, nr: number, args });
  const said = explainSeccomp(seccomp, { architecture: "SCMP_ARCH_X86_64", number, args });
  return said.word === word
    ? undefined
    : `returns ${word} for call ${number}, and is said to return ${said.word}`;
}

/** Seccomp profiles in all forms. */
export function seccompProfiles(directory: string): Subject {
  const path = `${directory}/profile.json`;
  const container = { architecture: "SCMP_ARCH_X86_64", capabilities: ["CAP_KILL"] } as const;
  return subject(fc.tuple(texts, calls), ([text, call]) => {
    writeFileSync(path, text);
    return faultOf(
      () => {
        const file = readProfile(path, container);
        return withinFile(file, () => faultIn(file.profile, call));
      },
      (fault) => fault,
    );
  });
}
