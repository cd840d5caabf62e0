// Every byte of machine code that the build adds says what its listing says, according to binutils.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Architecture, assemble, type Routine } from "../../../scripts/addon/assemble.ts";
import { routines } from "../../../scripts/addon/machine-code.ts";
import { addonLoader } from "../../../scripts/executable/addon-loader.ts";
import { deafEntry } from "../../../scripts/executable/deaf-entry.ts";
import { skipUnless } from "../../helpers/skip.ts";

/** Where every reference points in these tests: another page, and low bits that a word may have. */
const TARGET = 0x20d8;

const disassemblers: Record<Architecture, readonly string[]> = {
  x64: ["objdump", "-m", "i386:x86-64", "-M", "intel"],
  arm64: ["aarch64-linux-gnu-objdump", "-m", "aarch64"],
};

function disassemble(arch: Architecture, code: Buffer): string[] {
  const directory = mkdtempSync(join(tmpdir(), "tsrun-code-"));
  try {
    const file = join(directory, "code");
    writeFileSync(file, code);
    const [tool = "", ...flags] = disassemblers[arch];
    const { stdout } = spawnSync(tool, ["-D", "-b", "binary", ...flags, file], { encoding: "utf8" });
    return stdout.split("\n").flatMap((line) => {
      const instruction = /^\s*[0-9a-f]+:\t[0-9a-f ]+\t(.*)$/.exec(line)?.[1];
      return instruction === undefined ? [] : [instruction.replace(/\s+/g, " ").trim()];
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** The listing with its reference filled in as the disassembler prints it. */
function expected(listing: string, hasReference: boolean): RegExp {
  const text = listing.replace(/[[\](){}*+?.\\^$|]/g, "\\$&");
  if (!hasReference) {
    return new RegExp(`^${text}( //.*)?$`);
  }
  const target = `0x${TARGET.toString(16)}`;
  const filled = text
    .replace(/\\\[rip\\\](.*)$/, `\\[rip\\+0x[0-9a-f]+\\]$1 # ${target}`)
    .replace(/^jmp$/, `jmp ${target}`)
    .replace("page", "0x2000")
    .replace("low", "#(0xd8|216)");
  return new RegExp(`^${filled}$`);
}

function compare(arch: Architecture, routine: Routine): void {
  const lines = disassemble(
    arch,
    assemble(routine, 0, () => TARGET),
  );
  assert.equal(lines.length, routine.length, lines.join("\n"));
  for (const [index, { listing, reference }] of routine.entries()) {
    assert.match(lines[index] ?? "", expected(listing, reference !== undefined));
  }
}

function canDisassemble(t: TestContext, arch: Architecture): boolean {
  const [tool = ""] = disassemblers[arch];
  return arch === "x64" || skipUnless(t, spawnSync(tool, ["--version"]).status === 0, "arm64Objdump");
}

for (const arch of ["x64", "arm64"] as const) {
  for (const [name, routine] of Object.entries(routines[arch])) {
    test(`${name} for ${arch} is what its listing says`, (t) => {
      if (canDisassemble(t, arch)) {
        compare(arch, routine);
      }
    });
  }
  test(`the deaf entry point for ${arch} is what its listing says`, (t) => {
    if (canDisassemble(t, arch)) {
      compare(arch, deafEntry[arch]);
    }
  });
  test(`the loader of the addon for ${arch} is what its listing says`, (t) => {
    if (canDisassemble(t, arch)) {
      compare(arch, addonLoader[arch]);
    }
  });
}
