import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { arch } from "node:process";
import { type TestContext, test } from "node:test";
import { definedNumbers, downloadedHeaders, syscallTables } from "../../../scripts/lib/syscall-table.ts";
import { architectureOf, architectures } from "../../../src/seccomp/architectures.ts";
import {
  ABSENT,
  commonNumbers,
  isSyscall,
  syscallNames,
  syscallNumber,
} from "../../../src/seccomp/syscall-numbers.ts";
import { numbers as usedNumbers } from "../../../src/sys/numbers.ts";
import { canDownloadDebianFiles } from "../../helpers/debian-file.ts";
import { skipUnless } from "../../helpers/skip.ts";

/** The packages that the tables were made of, unpacked, where there is any way to get them. */
function pinnedHeaders(): readonly string[] | undefined {
  if (!canDownloadDebianFiles()) return undefined;
  try {
    return downloadedHeaders("build/kernel-headers");
  } catch {
    return undefined;
  }
}

test("syscallTables() makes the committed tables out of the headers that they name", (t: TestContext) => {
  const folders = pinnedHeaders();
  if (!skipUnless(t, folders !== undefined, "kernelHeaders")) return;
  const tables = Object.entries(syscallTables(folders ?? []));
  assert.equal(tables.length, 2);
  for (const [name, text] of tables) assert.equal(readFileSync(join("src/seccomp", name), "utf8"), text);
});

test("commonNumbers() agrees with the headers of this machine", (t: TestContext) => {
  const headers: Readonly<Record<string, readonly [name: string, column: number][]>> = {
    x64: [
      ["unistd_64.h", 0],
      ["unistd_32.h", 1],
      ["unistd_x32.h", 2],
    ],
  };
  const folder = "/usr/include/x86_64-linux-gnu/asm";
  const here = headers[arch] ?? [];
  if (!skipUnless(t, here.length > 0 && existsSync(join(folder, "unistd_64.h")), "kernelHeadersHere")) return;
  for (const [name, column] of here) {
    const defined = [...definedNumbers(readFileSync(join(folder, name), "utf8"))];
    assert.ok(defined.length > 300, name);
    // The kernel's headers lose names of calls that are long gone, and never give a number to another name.
    for (const [call, number] of defined) assert.equal(commonNumbers(call)?.[column], number, call);
  }
});

test("commonNumbers() agrees with the numbers that tsrun itself uses", () => {
  for (const [name, [x64, arm64]] of Object.entries(usedNumbers)) {
    assert.deepEqual(
      [0, 3].map((column) => commonNumbers(name)?.[column]),
      [x64, arm64],
      name,
    );
  }
});

test("commonNumbers() knows no names that every object has", () => {
  for (const name of ["constructor", "__proto__", "toString"]) {
    assert.equal(commonNumbers(name), undefined);
    assert.equal(isSyscall(name), false);
  }
});

test("syscallNumber() finds calls on every architecture, and none that another one has alone", () => {
  const writes: Readonly<Record<string, number>> = {
    SCMP_ARCH_X86_64: 1,
    SCMP_ARCH_X86: 4,
    SCMP_ARCH_X32: 0x40000001,
    SCMP_ARCH_AARCH64: 64,
    SCMP_ARCH_ARM: 4,
    SCMP_ARCH_LOONGARCH64: 64,
    SCMP_ARCH_M68K: 4,
    SCMP_ARCH_MIPS: 4004,
    SCMP_ARCH_MIPSEL: 4004,
    SCMP_ARCH_MIPS64: 5001,
    SCMP_ARCH_MIPSEL64: 5001,
    SCMP_ARCH_MIPS64N32: 6001,
    SCMP_ARCH_MIPSEL64N32: 6001,
    SCMP_ARCH_PARISC: 4,
    SCMP_ARCH_PARISC64: 4,
    SCMP_ARCH_PPC: 4,
    SCMP_ARCH_PPC64: 4,
    SCMP_ARCH_PPC64LE: 4,
    SCMP_ARCH_RISCV64: 64,
    SCMP_ARCH_S390: 4,
    SCMP_ARCH_S390X: 4,
    SCMP_ARCH_SH: 4,
    SCMP_ARCH_SHEB: 4,
  };
  const all = Object.values(architectures).flat();
  assert.deepEqual(all.map(({ name }) => name).sort(), Object.keys(writes).sort());
  for (const architecture of all) {
    assert.equal(syscallNumber("write", architecture), writes[architecture.name], architecture.name);
    assert.equal(syscallNames(architecture).get(syscallNumber("write", architecture)), "write");
    assert.ok(syscallNames(architecture).size > 300, architecture.name);
    const has = syscallNumber("s390_sthyi", architecture) !== ABSENT;
    assert.equal(has, architecture.name.startsWith("SCMP_ARCH_S390"), architecture.name);
  }
  assert.equal(syscallNumber("pidfd_open", architectureOf("SCMP_ARCH_MIPS64N32")), 6434);
});

test("definedNumbers() adds the bases that headers name, and follows aliases", () => {
  const header = [
    "#define __NR_syscalls 9",
    "#define __NR_SYSCALL_BASE 0",
    "#define __NR_read (__NR_SYSCALL_BASE + 3)",
    "#define __NR_rt_sigaction (__X32_SYSCALL_BIT + 512)",
    "#define __ARM_NR_BASE (__NR_SYSCALL_BASE+0x0f0000)",
    "#define __ARM_NR_set_tls\t\t(__ARM_NR_BASE+5)",
    "#define __NR_arm_read\t__NR_read",
  ].join("\n");
  assert.deepEqual(
    [...definedNumbers(header)],
    [
      ["read", 3],
      ["rt_sigaction", 512],
      ["set_tls", 983045],
      ["arm_read", 3],
    ],
  );
});
