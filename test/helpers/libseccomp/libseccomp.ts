// The same profile compiled by libseccomp, which is what other runtimes use.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import type { Seccomp } from "../../../src/oci/types.ts";
import { actionWord } from "../../../src/seccomp/actions.ts";

const tool = "build/libseccomp-compile";

/** SCMP_ARCH_* and enum scmp_compare (seccomp.h). */
const tokens: Readonly<Record<string, number>> = {
  SCMP_ARCH_X86_64: 0xc000003e,
  SCMP_ARCH_X86: 0x40000003,
  SCMP_ARCH_X32: 0x4000003e,
  SCMP_ARCH_AARCH64: 0xc00000b7,
  SCMP_ARCH_ARM: 0x40000028,
};
const operators = ["", "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"].map((name) => `SCMP_CMP_${name}`);

/** Whether this machine can build the tool. */
export function hasLibseccomp(): boolean {
  return existsSync("/usr/include/seccomp.h") && spawnSync("gcc", ["--version"]).status === 0;
}

function build(): void {
  if (existsSync(tool)) return;
  mkdirSync("build", { recursive: true });
  const draft = `${tool}.${process.pid}`;
  execFileSync("gcc", ["-O1", "-Wall", "-o", draft, "test/helpers/libseccomp/compile.c", "-lseccomp"]);
  renameSync(draft, tool);
}

const nowhere = { action: "", number: "" };

function lines(profile: Seccomp): string[] {
  const defaultWord = actionWord(profile.defaultAction, profile.defaultErrnoRet, nowhere);
  const rules = (profile.syscalls ?? []).flatMap(({ names, action, errnoRet, args }) => {
    const word = actionWord(action, errnoRet, nowhere);
    const conditions = (args ?? []).map(
      ({ index, op, value, valueTwo = 0 }) =>
        ` ${index} ${operators.indexOf(op)} ${BigInt(value)} ${BigInt(valueTwo)}`,
    );
    if (word === defaultWord) return [];
    return names.map((name) => `rule ${word} ${name} ${conditions.length}${conditions.join("")}`);
  });
  const archs = (profile.architectures ?? []).map((name) => `arch ${tokens[name]}`);
  return [`default ${defaultWord}`, ...archs, ...rules];
}

/** The program, and the names that this libseccomp is too old for. The profile's architectures are all it knows. */
export function compileWithLibseccomp(profile: Seccomp): { program: Uint8Array; unknown: string[] } {
  build();
  const { status, stdout, stderr } = spawnSync(tool, { input: `${lines(profile).join("\n")}\n` });
  if (status !== 0) throw new Error(`libseccomp refuses the profile: ${stderr}`);
  return { program: new Uint8Array(stdout), unknown: stderr.toString().split("\n").filter(Boolean) };
}
