import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { arch } from "node:process";
import { type TestContext, test } from "node:test";
import {
  definedNumbers,
  headersFolder,
  kernelHeaders,
  syscallTable,
} from "../../../scripts/lib/syscall-table.ts";
import { syscallNumbers } from "../../../src/seccomp/syscall-numbers.ts";
import { numbers as usedNumbers } from "../../../src/sys/numbers.ts";
import { canDownloadDebianFiles, downloadDebianFile } from "../../helpers/debian-file.ts";
import { skipUnless } from "../../helpers/skip.ts";

const file = "src/seccomp/syscall-table.ts";

/** The package that the table was made of, unpacked, where there is any way to get it. */
function pinnedHeaders(): string | undefined {
  const folder = "build/kernel-headers";
  if (!canDownloadDebianFiles()) return undefined;
  try {
    execFileSync("dpkg-deb", ["-x", downloadDebianFile(kernelHeaders, folder), folder]);
  } catch {
    return undefined;
  }
  return join(folder, headersFolder);
}

test("syscallTable() makes the committed table out of the headers that it names", (t: TestContext) => {
  const folder = pinnedHeaders();
  if (!skipUnless(t, folder !== undefined, "kernelHeaders")) return;
  assert.equal(readFileSync(file, "utf8"), syscallTable(folder ?? ""));
});

test("syscallNumbers() agrees with the headers of this machine", (t: TestContext) => {
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
    for (const [call, number] of defined) assert.equal(syscallNumbers().get(call)?.[column], number, call);
  }
});

test("syscallNumbers() agrees with the numbers that tsrun itself uses", () => {
  for (const [name, [x64, arm64]] of Object.entries(usedNumbers)) {
    assert.deepEqual(
      [0, 3].map((column) => syscallNumbers().get(name)?.[column]),
      [x64, arm64],
      name,
    );
  }
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
