// The same profile compiled by libseccomp, which is what other runtimes use.
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import type { Seccomp, SeccompRule } from "../../../src/oci/types.ts";
import { actionWord } from "../../../src/seccomp/actions.ts";

const source = "test/helpers/libseccomp/compile.c";

/** SCMP_ARCH_* (seccomp.h), as far as libseccomp 2.5 has them. */
const tokens: Readonly<Record<string, number>> = {
  SCMP_ARCH_X86_64: 0xc000003e,
  SCMP_ARCH_X86: 0x40000003,
  SCMP_ARCH_X32: 0x4000003e,
  SCMP_ARCH_AARCH64: 0xc00000b7,
  SCMP_ARCH_ARM: 0x40000028,
  SCMP_ARCH_MIPS: 0x00000008,
  SCMP_ARCH_MIPS64: 0x80000008,
  SCMP_ARCH_MIPS64N32: 0xa0000008,
  SCMP_ARCH_MIPSEL: 0x40000008,
  SCMP_ARCH_MIPSEL64: 0xc0000008,
  SCMP_ARCH_MIPSEL64N32: 0xe0000008,
  SCMP_ARCH_PARISC: 0x0000000f,
  SCMP_ARCH_PARISC64: 0x8000000f,
  SCMP_ARCH_PPC: 0x00000014,
  SCMP_ARCH_PPC64: 0x80000015,
  SCMP_ARCH_PPC64LE: 0xc0000015,
  SCMP_ARCH_S390: 0x00000016,
  SCMP_ARCH_S390X: 0x80000016,
  SCMP_ARCH_RISCV64: 0xc00000f3,
};
const operators = ["", "NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"].map((name) => `SCMP_CMP_${name}`);

/** Whether this machine can build the tool. */
export function hasLibseccomp(): boolean {
  return existsSync("/usr/include/seccomp.h") && spawnSync("gcc", ["--version"]).status === 0;
}

/** Builds the tool unless this version of it is there. @returns its path */
function builtTool(): string {
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 12);
  const tool = `build/libseccomp-compile-${hash}`;
  if (existsSync(tool)) return tool;
  mkdirSync("build", { recursive: true });
  const draft = `${tool}.${process.pid}`;
  execFileSync("gcc", ["-O1", "-Wall", "-o", draft, source, "-lseccomp"]);
  renameSync(draft, tool);
  return tool;
}

const nowhere = "";

/** One rule for one name, as libseccomp takes them, with the line that says so. */
interface Line {
  readonly rule: number;
  readonly name: string;
  readonly text: string;
}

/** As runc does: a rule with two conditions on one argument is one rule for each condition. */
function ruleLines({ names, action, errnoRet, args = [] }: SeccompRule, rule: number): Line[] {
  const word = actionWord(action, errnoRet, nowhere);
  const distinct = new Set(args.map(({ index }) => index)).size === args.length;
  return names.flatMap((name) =>
    (distinct ? [args] : args.map((each) => [each])).map((list) => {
      const conditions = list.map(
        ({ index, op, value, valueTwo = 0 }) =>
          ` ${index} ${operators.indexOf(op)} ${BigInt(value)} ${BigInt(valueTwo)}`,
      );
      return { rule, name, text: `rule ${word} ${name} ${list.length}${conditions.join("")}` };
    }),
  );
}

/** Some profiles are too much for it: its tree can come to be a circle. */
export class LibseccompCrash extends Error {}

/** What libseccomp made of a profile. */
export interface LibseccompFilter {
  readonly program: Uint8Array;
  /** Names that this libseccomp is too old for. */
  readonly unknown: readonly string[];
  /** Rules that it refused, by their number in the profile and the name. */
  readonly refused: readonly Pick<Line, "rule" | "name">[];
}

/**
 * Compiles a profile, whose architectures are all that libseccomp knows then, the first in the machine's place.
 * @param optimize SCMP_FLTATR_CTL_OPTIMIZE: 2 is the binary tree that runc asks for
 */
export function compileWithLibseccomp(profile: Seccomp, optimize = 1): LibseccompFilter {
  const defaultWord = actionWord(profile.defaultAction, profile.defaultErrnoRet, nowhere);
  const head = [
    `default ${defaultWord}`,
    `optimize ${optimize}`,
    ...(profile.architectures ?? []).map((name) => `arch ${tokens[name]}`),
  ];
  const rules = (profile.syscalls ?? [])
    .flatMap((rule, index) => ruleLines(rule, index))
    .filter(({ text }) => !text.startsWith(`rule ${defaultWord} `));
  const input = `${[...head, ...rules.map(({ text }) => text)].join("\n")}\n`;
  const { status, signal, stdout, stderr } = spawnSync(builtTool(), { input, timeout: 10_000 });
  if (signal !== null) throw new LibseccompCrash(`libseccomp ends by ${signal}`);
  if (status !== 0) throw new Error(`libseccomp refuses the profile: ${stderr}`);
  const notes = stderr.toString().split("\n").filter(Boolean);
  const refused = notes
    .filter((note) => note.startsWith("= "))
    .map((note) => Number(note.slice(2)) - head.length);
  return {
    program: new Uint8Array(stdout),
    unknown: notes.filter((note) => !note.startsWith("= ")),
    refused: refused.flatMap((index) => rules[index] ?? []),
  };
}
