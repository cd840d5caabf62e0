// What a filtered system call costs under our filter and under libseccomp's, of the engines' profiles: run it by hand, on a quiet
// machine. The kernel (5.11) runs no filter for calls that are allowed whatever their arguments are: the others tell.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { architectureOf } from "../../src/seccomp/architectures.ts";
import { compileSeccomp } from "../../src/seccomp/compile.ts";
import { syscallNumber } from "../../src/seccomp/syscall-numbers.ts";
import { encode, simulator } from "../../test/helpers/bpf-simulator.ts";
import { engineProfile } from "../../test/helpers/engine-profile.ts";
import { compileWithLibseccomp } from "../../test/helpers/libseccomp/libseccomp.ts";

const folder = "build/bench-seccomp";
const tool = `${folder}/filtered-calls`;
const isArm = process.arch === "arm64";
const architecture = architectureOf(isArm ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64");
const SEARCH = 2;

/** Calls that return at once: one that is allowed, one whose arguments count, two that are not allowed. */
const calls = [
  ["getppid", "0"],
  ["personality", "0xffffffff"],
  ["acct", "1"],
  ["kexec_load", "0"],
] as const;

mkdirSync(folder, { recursive: true });
execFileSync("gcc", ["-O2", "-o", tool, "scripts/bench/filtered-calls.c"]);
for (const engine of ["podman", "docker"] as const) {
  const profile = engineProfile(isArm ? "arm64" : "amd64", engine);
  const filters: readonly (readonly [string, Uint8Array])[] = [
    ["none", new Uint8Array()],
    ["tsrun", compileSeccomp(profile, isArm ? "arm64" : "x64").program],
    ["libseccomp", compileWithLibseccomp(profile, SEARCH).program],
  ];
  for (const [name, program] of filters) {
    const file = `${folder}/${engine}-${name}`;
    writeFileSync(file, program);
    const measured = calls.map(([call, argument]) => {
      const nr = syscallNumber(call, architecture);
      const words = encode({ arch: architecture.audit, nr, args: [BigInt(argument)] });
      const steps = program.length === 0 ? 0 : simulator(program)(words).steps;
      const time = execFileSync(tool, [file, String(nr), argument], { encoding: "utf8" }).trim();
      return `${call} ${time} ns (${steps})`;
    });
    console.log(`${engine}, ${name}, ${program.length / 8} instructions: ${measured.join(", ")}`);
  }
}
