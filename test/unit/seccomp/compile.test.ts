import assert from "node:assert/strict";
import { test } from "node:test";
import { TsrunError } from "../../../src/base/errors.ts";
import type { Seccomp, SeccompAction, SeccompArgument, SeccompOperator } from "../../../src/oci/types.ts";
import type { Machine } from "../../../src/seccomp/architectures.ts";
import { compileSeccomp } from "../../../src/seccomp/compile.ts";
import { simulate } from "../../helpers/bpf-simulator.ts";

const [X86_64, X86, ARM64, ARM] = [0xc000003e, 0x40000003, 0xc00000b7, 0x40000028];
const [S390X, S390] = [0x80000016, 0x16];
const [ALLOW, KILL, EPERM, ENOSYS] = [0x7fff0000, 0, 0x00050001, 0x00050026];
const X32 = 0x40000000;

/** What a profile makes of one call. */
function decision(
  profile: Seccomp,
  arch: number,
  nr: number,
  args: readonly bigint[] = [],
  machine: Machine = arch === ARM64 || arch === ARM ? "arm64" : "x64",
): number {
  return simulate(compileSeccomp(profile, machine).program, { arch, nr, args }).word;
}

function allowing(names: readonly string[], more: Partial<Seccomp> = {}): Seccomp {
  return { defaultAction: "SCMP_ACT_ERRNO", syscalls: [{ names, action: "SCMP_ACT_ALLOW" }], ...more };
}

function pointerOf(profile: Seccomp): string | undefined {
  try {
    compileSeccomp(profile, "x64");
  } catch (error) {
    if (error instanceof TsrunError) return error.pointer;
  }
  return undefined;
}

test("compileSeccomp() returns each action's value, as a rule and as the default", () => {
  const words: [SeccompAction, number, number][] = [
    ["SCMP_ACT_KILL", 0, 0],
    ["SCMP_ACT_KILL_THREAD", 0, 0],
    ["SCMP_ACT_KILL_PROCESS", 0x80000000, 0x80000000],
    ["SCMP_ACT_TRAP", 0x00030000, 0x00030000],
    ["SCMP_ACT_ERRNO", 0x00050001, 0x0005000d],
    ["SCMP_ACT_NOTIFY", 0x7fc00000, 0x7fc00000],
    ["SCMP_ACT_TRACE", 0x7ff00001, 0x7ff0000d],
    ["SCMP_ACT_LOG", 0x7ffc0000, 0x7ffc0000],
    ["SCMP_ACT_ALLOW", ALLOW, ALLOW],
  ];
  for (const [action, bare, numbered] of words) {
    const other = action === "SCMP_ACT_ALLOW" ? "SCMP_ACT_TRAP" : "SCMP_ACT_ALLOW";
    const rule = (more: object): Seccomp => ({
      defaultAction: other,
      syscalls: [{ names: ["write"], action, ...more }],
    });
    assert.equal(decision(rule({}), X86_64, 1), bare, action);
    assert.equal(decision(rule({ errnoRet: 13 }), X86_64, 1), numbered, action);
    const byDefault: Seccomp = {
      defaultAction: action,
      defaultErrnoRet: 13,
      syscalls: [{ names: ["write"], action: other }],
    };
    assert.equal(decision(byDefault, X86_64, 0), numbered, action);
  }
});

test("compileSeccomp() knows the numbers of each architecture", () => {
  const profile = allowing(["write"], { architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32", "SCMP_ARCH_ARM"] });
  const numbers: [number, number][] = [
    [X86_64, 1],
    [X86_64, X32 + 1],
    [X86, 4],
    [ARM64, 64],
    [ARM, 4],
  ];
  for (const [arch, nr] of numbers) {
    assert.equal(decision(profile, arch, nr), ALLOW, `${arch.toString(16)} ${nr}`);
    assert.equal(decision(profile, arch, nr - 1), EPERM, `${arch.toString(16)} ${nr - 1}`);
  }
});

test("compileSeccomp() kills under an architecture that is neither named nor the machine's own", () => {
  const profile = allowing(["write"], { architectures: ["SCMP_ARCH_PPC64LE"] });
  assert.equal(decision(profile, X86_64, 1), ALLOW);
  assert.equal(decision(profile, ARM64, 64), ALLOW);
  assert.equal(decision(profile, X86_64, X32 + 1), KILL);
  assert.equal(decision(profile, X86_64, 0xfffffffe), KILL);
  assert.equal(decision(profile, X86, 4), KILL);
  assert.equal(decision(profile, ARM, 4), KILL);
  assert.equal(decision(profile, 0xc0000015, 4), KILL);
});

test("compileSeccomp() answers ENOSYS to calls that are newer than the profile", () => {
  const profile = allowing(["write", "pidfd_open"], { architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"] });
  for (const base of [0, X32]) {
    assert.equal(decision(profile, X86_64, base + 434), ALLOW);
    assert.equal(decision(profile, X86_64, base + 433), EPERM);
    assert.equal(decision(profile, X86_64, base + 435), ENOSYS);
  }
  assert.equal(decision(profile, X86_64, 0xffffffff), ENOSYS);
  assert.equal(decision({ ...profile, defaultAction: "SCMP_ACT_KILL_PROCESS" }, X86_64, 435), ENOSYS);
  assert.equal(decision({ ...profile, defaultAction: "SCMP_ACT_TRACE" }, X86_64, 435), 0x7ff00001);
  assert.equal(decision({ ...profile, defaultAction: "SCMP_ACT_LOG" }, X86_64, 435), 0x7ffc0000);
});

test("compileSeccomp() takes calls that a redundant rule names for known", () => {
  const refused = { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 1 } as const;
  const profile = {
    ...allowing(["write"], { architectures: ["SCMP_ARCH_X86_64"] }),
    syscalls: [...(allowing(["write"]).syscalls ?? []), refused],
  };
  assert.equal(decision(profile, X86_64, 435), EPERM);
  assert.equal(decision(profile, X86_64, 436), ENOSYS);
});

test("compileSeccomp() does not take a profile that names ARM's private calls for one that knows all others", () => {
  const profile = allowing(["write", "set_tls"], { architectures: ["SCMP_ARCH_ARM"] });
  assert.equal(decision(profile, ARM, 0x0f0005), ALLOW);
  assert.equal(decision(profile, ARM, 3), EPERM);
  for (const nr of [5, 0x0f0004, 0x0f0006]) assert.equal(decision(profile, ARM, nr), ENOSYS);
});

test("compileSeccomp() leaves an architecture alone that the profile does not name, or no call of", () => {
  const profile = allowing(["arch_prctl"], { architectures: ["SCMP_ARCH_ARM"] });
  assert.equal(decision(profile, ARM, 4), EPERM);
  assert.equal(decision(profile, ARM, 4000), EPERM);
  assert.equal(decision(profile, X86_64, 4000), EPERM);
  assert.equal(decision(allowing(["write"]), X86_64, 4000), EPERM);
});

test("compileSeccomp() gives what skips a call the default action, not an architecture's that is not named", () => {
  const profile = allowing(["write"], { architectures: ["SCMP_ARCH_X86_64"] });
  assert.equal(decision(profile, X86_64, 0xffffffff), EPERM);
  assert.equal(decision(profile, X86_64, 0xfffffffe), KILL);
});

test("compileSeccomp() answers ENOSYS on s390 to calls that come as setup(2)", () => {
  const profile = allowing(["write"], { architectures: ["SCMP_ARCH_S390X", "SCMP_ARCH_S390"] });
  const program = compileSeccomp(profile, "s390x").program;
  for (const arch of [S390X, S390]) {
    const of = (nr: number): number => simulate(program, { arch, nr, bigEndian: true }).word;
    assert.deepEqual([0, 3, 4, 5].map(of), [ENOSYS, EPERM, ALLOW, ENOSYS]);
  }
});

test("compileSeccomp() finds the words of arguments where the higher one comes first", () => {
  const args = [{ index: 1, op: "SCMP_CMP_GT", value: 0x5_0000_0005 } as const];
  const profile: Seccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_S390"],
    syscalls: [{ names: ["write"], action: "SCMP_ACT_ALLOW", args }],
  };
  const program = compileSeccomp(profile, "s390x").program;
  const of = (arch: number, argument: bigint): number =>
    simulate(program, { arch, nr: 4, args: [0n, argument], bigEndian: true }).word;
  assert.equal(of(S390X, 0x5_0000_0006n), ALLOW);
  assert.equal(of(S390X, 0x4_ffff_ffffn), EPERM);
  assert.equal(of(S390, 6n), ALLOW);
  assert.equal(of(S390, 5n), EPERM);
});

test("compileSeccomp() compares 64 bits without a sign, with each operator", () => {
  const value = 0x5_0000_0005;
  const below = [0n, 5n, 0x4_ffff_ffffn, 0x5_0000_0004n];
  const above = [0x5_0000_0006n, 0x6_0000_0000n, 0x8000_0000_0000_0000n];
  const holds: Record<string, (argument: bigint) => boolean> = {
    SCMP_CMP_NE: (argument) => argument !== BigInt(value),
    SCMP_CMP_LT: (argument) => argument < BigInt(value),
    SCMP_CMP_LE: (argument) => argument <= BigInt(value),
    SCMP_CMP_EQ: (argument) => argument === BigInt(value),
    SCMP_CMP_GE: (argument) => argument >= BigInt(value),
    SCMP_CMP_GT: (argument) => argument > BigInt(value),
    SCMP_CMP_MASKED_EQ: (argument) => (argument & BigInt(value)) === 0x4_0000_0001n,
  };
  for (const [op, expected] of Object.entries(holds)) {
    const args = [{ index: 5, op: op as SeccompOperator, value, valueTwo: 0x4_0000_0001 }];
    const profile = {
      ...allowing([]),
      syscalls: [{ names: ["mmap"], action: "SCMP_ACT_ALLOW", args } as const],
    };
    for (const argument of [...below, BigInt(value), ...above, 0x4_0000_0001n, 0xc_ffff_fff1n]) {
      const word = decision(profile, X86_64, 9, [0n, 0n, 0n, 0n, 0n, argument]);
      assert.equal(word === ALLOW, expected(argument), `${argument.toString(16)} ${op}`);
    }
  }
});

test("compileSeccomp() takes values of 64 bits, and -1 of any width on 32-bit architectures", () => {
  const args = [{ index: 0, op: "SCMP_CMP_EQ", value: 2n ** 64n - 1n } as const];
  const profile: Seccomp = {
    defaultAction: "SCMP_ACT_ERRNO",
    architectures: ["SCMP_ARCH_X86"],
    syscalls: [{ names: ["personality"], action: "SCMP_ACT_ALLOW", args }],
  };
  assert.equal(decision(profile, X86_64, 135, [0xffff_ffff_ffff_ffffn]), ALLOW);
  assert.equal(decision(profile, X86_64, 135, [0xffff_ffffn]), EPERM);
  assert.equal(decision(profile, X86, 136, [0xffff_ffffn]), ALLOW);
});

function socketRules(...lists: (readonly SeccompArgument[])[]): Seccomp {
  const syscalls = lists.map((args) => ({ names: ["socket"], action: "SCMP_ACT_ALLOW", args }) as const);
  return { defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86"], syscalls };
}

const isTwo = (index: number): SeccompArgument => ({ index, op: "SCMP_CMP_EQ", value: 2 });

test("compileSeccomp() wants all conditions of a rule, any rule of a call", () => {
  const both = socketRules([isTwo(0), isTwo(1)]);
  assert.equal(decision(both, X86_64, 41, [2n, 2n]), ALLOW);
  assert.equal(decision(both, X86_64, 41, [2n, 3n]), EPERM);
  assert.equal(decision(both, X86_64, 41, [3n, 2n]), EPERM);
  const either = socketRules([isTwo(0)], [isTwo(1)]);
  assert.equal(decision(either, X86_64, 41, [2n, 3n]), ALLOW);
  assert.equal(decision(either, X86_64, 41, [3n, 2n]), ALLOW);
  assert.equal(decision(either, X86_64, 41, [3n, 3n]), EPERM);
});

test("compileSeccomp() takes any of the conditions that are about one argument", () => {
  const profile = socketRules([isTwo(0), { ...isTwo(0), value: 4 }, isTwo(1)]);
  assert.equal(decision(profile, X86_64, 41, [4n, 9n]), ALLOW);
  assert.equal(decision(profile, X86_64, 41, [9n, 2n]), ALLOW);
  assert.equal(decision(profile, X86_64, 41, [9n, 9n]), EPERM);
});

test("compileSeccomp() prefers the first rule without conditions, then libseccomp's order", () => {
  const rule = (action: SeccompAction, ...args: SeccompArgument[]) => ({ names: ["socket"], action, args });
  const of = (...syscalls: ReturnType<typeof rule>[]): Seccomp => ({
    defaultAction: "SCMP_ACT_ERRNO",
    syscalls,
  });
  const trap = 0x00030000;
  const conditional = of(rule("SCMP_ACT_TRAP", isTwo(0)), rule("SCMP_ACT_ALLOW", isTwo(0)));
  assert.equal(decision(conditional, X86_64, 41, [2n]), trap);
  const general = of(rule("SCMP_ACT_TRAP", isTwo(0)), rule("SCMP_ACT_ALLOW"), rule("SCMP_ACT_TRAP"));
  assert.equal(decision(general, X86_64, 41, [2n]), ALLOW);
  const later = of(rule("SCMP_ACT_TRAP", isTwo(0)), rule("SCMP_ACT_ALLOW", isTwo(1)));
  assert.equal(decision(later, X86_64, 41, [2n, 2n]), ALLOW);
  const above = (value: number): SeccompArgument => ({ index: 0, op: "SCMP_CMP_GT", value });
  const bounds = of(rule("SCMP_ACT_TRAP", above(1)), rule("SCMP_ACT_ALLOW", above(5)));
  assert.deepEqual(
    [1n, 5n, 6n].map((value) => decision(bounds, X86_64, 41, [value])),
    [EPERM, trap, ALLOW],
  );
  const beginning = of(rule("SCMP_ACT_TRAP", isTwo(0), isTwo(1)), rule("SCMP_ACT_ALLOW", isTwo(0)));
  assert.equal(decision(beginning, X86_64, 41, [2n, 2n]), ALLOW);
});

test("compileSeccomp() lets x86 programs reach an allowed call through socketcall and ipc", () => {
  const profile = allowing(["bind", "shmat"], { architectures: ["SCMP_ARCH_X86"] });
  assert.equal(decision(profile, X86, 361), ALLOW);
  assert.equal(decision(profile, X86, 102, [2n]), ALLOW);
  assert.equal(decision(profile, X86, 102, [1n]), EPERM);
  assert.equal(decision(profile, X86, 117, [21n]), ALLOW);
  assert.equal(decision(profile, X86, 117, [22n]), EPERM);
});

test("compileSeccomp() keeps calls that only lead to named ones, beyond the last of those", () => {
  const semop = allowing(["semop"], { architectures: ["SCMP_ARCH_X86"] });
  assert.deepEqual(
    [1n, 2n].map((sub) => decision(semop, X86, 117, [sub])),
    [ALLOW, EPERM],
  );
  assert.equal(decision(semop, X86, 118), EPERM);
  const both = allowing(["semop", "read"], { architectures: ["SCMP_ARCH_X86"] });
  assert.equal(decision(both, X86, 117, [1n]), ALLOW);
  assert.equal(decision(both, X86, 118), ENOSYS);
});

test("compileSeccomp() leaves out of sub-calls' conditions the one on their first argument, as libseccomp", () => {
  assert.equal(decision(socketRules([isTwo(0)]), X86, 359, [1n]), EPERM);
  assert.equal(decision(socketRules([isTwo(0)]), X86, 102, [1n]), ALLOW);
  assert.equal(decision(socketRules([isTwo(0), isTwo(1)]), X86, 102, [1n, 3n]), EPERM);
  assert.equal(decision(socketRules([isTwo(0), isTwo(1)]), X86, 102, [1n, 2n]), ALLOW);
  assert.equal(decision(socketRules([isTwo(0)]), X86, 102, [2n]), EPERM);
});

test("compileSeccomp() decides any call in a dozen instructions where arguments don't count", () => {
  const names = [
    "read",
    "write",
    "open",
    "close",
    "mmap",
    "brk",
    "clone",
    "execve",
    "openat",
    "statx",
    "openat2",
  ];
  const { program } = compileSeccomp(
    allowing(names, { architectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] }),
    "x64",
  );
  for (let nr = 0; nr < 500; nr++) {
    const { steps } = simulate(program, { arch: X86_64, nr });
    assert.ok(steps <= 12, `${nr} takes ${steps}`);
  }
});

test("compileSeccomp() refuses with a place what no filter has room for", () => {
  const many = (count: number, op: SeccompOperator, indexes: readonly number[]): Seccomp => ({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: Array.from({ length: count }, (_, value) => ({
      names: ["read"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: value,
      args: indexes.map((index) => ({ index, op, value: value * 7 })),
    })),
  });
  assert.equal(pointerOf(many(2000, "SCMP_CMP_EQ", [0, 1])), "/linux/seccomp/syscalls");
  assert.equal(pointerOf(many(300, "SCMP_CMP_NE", [0, 1, 2, 3, 4, 5])), "/linux/seccomp/syscalls/32/args");
  assert.equal(pointerOf(many(30, "SCMP_CMP_NE", [0, 1, 2, 3, 4, 5])), undefined);
});

test("compileSeccomp() tests each word once where many values of one argument are told apart", () => {
  const values = Array.from({ length: 40 }, (_, value) => 3 * value);
  const syscalls = values.map((value) => ({
    names: ["personality"],
    action: "SCMP_ACT_ALLOW" as const,
    args: [{ index: 0, op: "SCMP_CMP_EQ" as const, value }],
  }));
  const { program } = compileSeccomp({ defaultAction: "SCMP_ACT_ERRNO", syscalls }, "x64");
  const { steps } = simulate(program, { arch: X86_64, nr: 135, args: [1n] });
  assert.ok(steps <= 40 + 16, `${steps} instructions`);
});

test("compileSeccomp() turns flags into bits, SPEC_ALLOW where there is no list", () => {
  const bits = (flags?: Seccomp["flags"]): number =>
    compileSeccomp({ defaultAction: "SCMP_ACT_ALLOW", ...(flags === undefined ? {} : { flags }) }, "x64")
      .flags;
  assert.equal(bits(), 4);
  assert.equal(bits([]), 0);
  assert.equal(bits(["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG"]), 3);
  assert.equal(bits(["SECCOMP_FILTER_FLAG_SPEC_ALLOW"]), 4);
  assert.equal(bits(["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]), 0);
});

test("compileSeccomp() reports names that no architecture has, each once", () => {
  const names = ["write", "writ", "s390_sthyi", "constructor", "writ", "__proto__"];
  const filter = compileSeccomp(allowing(names), "x64");
  assert.deepEqual(filter.unknown, ["writ", "constructor", "__proto__"]);
});

test("compileSeccomp() names the place of what it can't filter", () => {
  const withArgument = (more: Partial<SeccompArgument>): Seccomp =>
    socketRules([isTwo(0)], [{ ...isTwo(1), ...more }]);
  assert.equal(pointerOf(withArgument({ index: 6 })), "/linux/seccomp/syscalls/1/args/0/index");
  assert.equal(
    pointerOf({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 65536 }),
    "/linux/seccomp/defaultErrnoRet",
  );
  assert.equal(
    pointerOf({
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["write"], action: "SCMP_ACT_ERRNO", errnoRet: 65536 }],
    }),
    "/linux/seccomp/syscalls/0/errnoRet",
  );
});
