// What rules decide together, asked from inside by a program that makes one call and exits with its errno.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { arch } from "node:process";
import { commonNumbers, commonTable } from "../../src/seccomp/syscall-numbers.ts";
import type { Seccomp } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { skipUnless } from "../helpers/skip.ts";
import { tinyProgram } from "../helpers/tiny-program.ts";

leaveNothing();

const [EPERM, ENOSYS] = [1, 38];
const GETPID = 39;
const GETPID_X86 = 20;
/** A number that config.json gets in place of this one, which JavaScript can't write: 2^53+1. */
const [PLACEHOLDER, EXACT] = [424242, 2n ** 53n + 1n];

function bytes(value: number | bigint, size: 4 | 8): number[] {
  return Array.from({ length: size }, (_, index) => Number((BigInt(value) >> BigInt(8 * index)) & 0xffn));
}

/** mov rax, rdi, rsi; syscall; neg eax; mov edi, eax; exit(2). A call that succeeds with 0 makes it exit with 0. */
function callX64(nr: number, first: number | bigint = 0, second = 0): number[] {
  const load = [0xb8, ...bytes(nr, 4), 0x48, 0xbf, ...bytes(first, 8), 0xbe, ...bytes(second, 4)];
  return [...load, 0x0f, 0x05, 0xf7, 0xd8, 0x89, 0xc7, 0xb8, ...bytes(60, 4), 0x0f, 0x05];
}

/** The same by the 32-bit entry: mov eax, ebx, ecx; int 0x80; neg eax; mov ebx, eax; exit(2). */
function callX86(nr: number, first = 0, second = 0): number[] {
  const load = [0xb8, ...bytes(nr, 4), 0xbb, ...bytes(first, 4), 0xb9, ...bytes(second, 4)];
  return [...load, 0xcd, 0x80, 0xf7, 0xd8, 0x89, 0xc3, 0xb8, ...bytes(1, 4), 0xcd, 0x80];
}

/** The errno of a call under a profile. */
function errnoOf(box: Sandbox, seccomp: Seccomp, code: readonly number[]): number | null {
  const bundle = box.bundle((config) => {
    config.process.args = ["/call"];
    config.linux.seccomp = seccomp;
  });
  const config = join(bundle, "config.json");
  writeFileSync(config, readFileSync(config, "utf8").replace(String(PLACEHOLDER), String(EXACT)));
  writeFileSync(join(bundle, "rootfs/call"), tinyProgram(code), { mode: 0o755 });
  return box.call(["run", "--bundle", bundle, box.newId()]).status;
}

/** All calls up to openat2(2) but one: other runtimes need some of them under the filter. */
const [FSOPEN, OPENAT2] = [430, 437];
const names = Object.keys(commonTable()).filter((name) => {
  const [number = OPENAT2 + 1] = commonNumbers(name) ?? [];
  return number <= OPENAT2 && number !== FSOPEN;
});
const known = { names, action: "SCMP_ACT_ALLOW" };

it("a call newer than the profile fails with ENOSYS, an older one as the default action says", (box, t) => {
  if (!skipUnless(t, arch === "x64", "x86")) return;
  const profile = { defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64"], syscalls: [known] };
  assert.equal(errnoOf(box, profile, callX64(OPENAT2 + 1)), ENOSYS);
  assert.equal(errnoOf(box, profile, callX64(FSOPEN)), EPERM);
});

it("a profile that does not name the machine's architecture says nothing of newer calls", (box, t) => {
  if (!skipUnless(t, arch === "x64", "x86")) return;
  const profile = { defaultAction: "SCMP_ACT_ERRNO", syscalls: [known] };
  assert.equal(errnoOf(box, profile, callX64(OPENAT2 + 1)), EPERM);
});

const fails = (errnoRet: number, ...args: { index: number; op: string; value: number }[]) => ({
  names: ["getpid"],
  action: "SCMP_ACT_ERRNO",
  errnoRet,
  args,
});
const is = (index: number, value: number) => ({ index, op: "SCMP_CMP_EQ", value });
const above = (value: number) => ({ index: 0, op: "SCMP_CMP_GT", value });

/** Rules with other actions for calls in common, one call, and the errno of the rule that decides. */
for (const [what, rules, args, errno] of [
  ["a condition on a later argument", [fails(11, is(0, 1)), fails(12, is(1, 1))], [1, 1], 12],
  ["the narrower of two bounds", [fails(11, above(1)), fails(12, above(5))], [7, 0], 12],
  ["equality before a bound", [fails(11, above(1)), fails(12, is(0, 7))], [7, 0], 12],
  ["a rule without conditions", [fails(11, is(0, 1)), fails(12)], [1, 0], 12],
  ["the value that it has", [fails(11, is(0, 7)), fails(12, is(0, 8))], [7, 0], 11],
] as const) {
  it(`of rules that overlap ${what} decides`, (box, t) => {
    if (!skipUnless(t, arch === "x64", "x86")) return;
    const architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"];
    const profile = { defaultAction: "SCMP_ACT_ALLOW", architectures, syscalls: [...rules] };
    assert.equal(errnoOf(box, profile, callX64(GETPID, ...args)), errno);
    assert.equal(errnoOf(box, profile, callX86(GETPID_X86, ...args)), errno);
  });
}

it("a value of more digits than a double has is compared exactly", (box, t) => {
  if (!skipUnless(t, arch === "x64", "x86")) return;
  const profile = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [fails(11, is(0, PLACEHOLDER))] };
  assert.equal(errnoOf(box, profile, callX64(GETPID, EXACT)), 11);
  assert.notEqual(errnoOf(box, profile, callX64(GETPID, EXACT - 1n)), 11);
});

it("a rule about socket holds for socketcall, too, whatever the first argument is", (box, t) => {
  if (!skipUnless(t, arch === "x64", "x86")) return;
  const [socketcall, SOCKET, BIND] = [102, 1, 2];
  const rule = { ...fails(11, is(0, 40)), names: ["socket"] };
  const architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"];
  const profile = { defaultAction: "SCMP_ACT_ALLOW", architectures, syscalls: [rule] };
  assert.equal(errnoOf(box, profile, callX86(socketcall, SOCKET)), 11);
  assert.notEqual(errnoOf(box, profile, callX86(socketcall, BIND)), 11);
});
