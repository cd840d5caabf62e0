import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseArchitecture,
  parseCallArguments,
  parseCapabilities,
  parseSyscall,
} from "../../../src/cli/seccomp-arguments.ts";
import { architectureOf } from "../../../src/seccomp/architectures.ts";

test("parseArchitecture() knows the specification's names, uname's and Go's, and this machine", () => {
  for (const [text, name] of [
    ["SCMP_ARCH_S390X", "SCMP_ARCH_S390X"],
    ["s390x", "SCMP_ARCH_S390X"],
    ["x86_64", "SCMP_ARCH_X86_64"],
    ["amd64", "SCMP_ARCH_X86_64"],
    ["386", "SCMP_ARCH_X86"],
    ["arm64", "SCMP_ARCH_AARCH64"],
    ["arm", "SCMP_ARCH_ARM"],
    ["mipsel64n32", "SCMP_ARCH_MIPSEL64N32"],
  ]) {
    assert.equal(parseArchitecture(text), name);
  }
  assert.equal(parseArchitecture(undefined, "x64"), "SCMP_ARCH_X86_64");
  assert.equal(parseArchitecture(undefined, "arm64"), "SCMP_ARCH_AARCH64");
  assert.throws(() => parseArchitecture("risc64"), {
    message: 'unknown architecture "risc64" (did you mean "SCMP_ARCH_RISCV64"?)',
  });
});

test("parseCapabilities() takes names with and without CAP_, and what Docker gives by default", () => {
  assert.deepEqual(parseCapabilities("sys_admin,CAP_BPF"), ["CAP_SYS_ADMIN", "CAP_BPF"]);
  assert.deepEqual(parseCapabilities(""), []);
  assert.equal(parseCapabilities(undefined).length, 14);
  assert.throws(() => parseCapabilities("CAP_SYS_ADMN"), /did you mean "CAP_SYS_ADMIN"/);
});

test("parseSyscall() finds the number that a filter sees, and what a wrong name was meant to be", () => {
  const x64 = architectureOf("SCMP_ARCH_X86_64");
  assert.equal(parseSyscall("write", x64), 1);
  assert.equal(parseSyscall("write", architectureOf("SCMP_ARCH_X32")), 0x40000001);
  assert.equal(parseSyscall("321", x64), 321);
  assert.equal(parseSyscall("9".repeat(400), x64), 0xffffffff);
  assert.throws(() => parseSyscall("wirte", x64), {
    message: 'unknown system call "wirte" (did you mean "write"?)',
  });
  assert.throws(() => parseSyscall("riscv_flush_icache", x64), {
    message: "SCMP_ARCH_X86_64 has no system call riscv_flush_icache",
  });
});

test("parseCallArguments() reads up to six numbers of 64 bits", () => {
  assert.deepEqual(parseCallArguments(["10", "0x10", "0o10", "-1"]), [10n, 16n, 8n, 2n ** 64n - 1n]);
  assert.deepEqual(parseCallArguments(["18446744073709551615"]), [2n ** 64n - 1n]);
  assert.throws(() => parseCallArguments(["18446744073709551616"]), /more than 64 bits/);
  assert.throws(() => parseCallArguments(["-9223372036854775809"]), /more than 64 bits/);
  assert.throws(() => parseCallArguments(["O_RDONLY"]), /"O_RDONLY" is no number/);
  assert.throws(() => parseCallArguments(["1", "2", "3", "4", "5", "6", "7"]), /6 arguments, these are 7/);
});
