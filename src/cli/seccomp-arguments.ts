import { TsrunError } from "../base/errors.ts";
import { capabilityNames } from "../oci/capabilities.ts";
import { didYouMean } from "../oci/suggest.ts";
import type { SeccompArch } from "../oci/types.ts";
import { type Architecture, architectures, type Machine } from "../seccomp/architectures.ts";
import { defaultCapabilities } from "../seccomp/engine-profile.ts";
import { ABSENT, isSyscall, syscallNames, syscallNumber } from "../seccomp/syscall-numbers.ts";

const PREFIX = "SCMP_ARCH_";
const MAX_ARGUMENTS = 6;

/** Other names of architectures, after uname -m, Go and Node. */
const aliases: Readonly<Record<string, string>> = {
  x64: "X86_64",
  "x86-64": "X86_64",
  amd64: "X86_64",
  "386": "X86",
  i386: "X86",
  i686: "X86",
  arm64: "AARCH64",
  armv7l: "ARM",
  ppc64el: "PPC64LE",
};

/** Names of all architectures that filters are made for. */
const allNames = Object.values(architectures).flatMap((machine) => machine.map(({ name }) => name));

/** The architecture that `--arch` means; this machine's own where it is absent. @throws TsrunError */
export function parseArchitecture(text: string | undefined, machine: string = process.arch): SeccompArch {
  if (text === undefined) return architectures[machine as Machine][0]?.name ?? "SCMP_ARCH_X86_64";
  const bare = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  const wanted = `${PREFIX}${aliases[bare.toLowerCase()] ?? bare.toUpperCase()}`;
  const found = allNames.find((name) => name === wanted);
  if (found !== undefined) return found;
  throw new TsrunError(`unknown architecture ${JSON.stringify(text)}${didYouMean(wanted, allNames)}`);
}

/** The capabilities that `--caps` lists, with or without CAP_; what engines give where it is absent. @throws TsrunError */
export function parseCapabilities(text: string | undefined): readonly string[] {
  if (text === undefined) return defaultCapabilities;
  return text
    .split(",")
    .filter((name) => name !== "")
    .map((name) => {
      const full = `CAP_${name.toUpperCase().replace(/^CAP_/, "")}`;
      if (capabilityNames.some((each) => each === full)) return full;
      throw new TsrunError(`unknown capability ${JSON.stringify(name)}${didYouMean(full, capabilityNames)}`);
    });
}

/** The number of a call that is named, or given by its number, as a filter sees it. @throws TsrunError */
export function parseSyscall(text: string, architecture: Architecture): number {
  if (/^\d+$/.test(text)) return Number(BigInt.asUintN(32, BigInt(text)));
  const number = syscallNumber(text, architecture);
  if (number !== ABSENT) return number;
  if (isSyscall(text)) throw new TsrunError(`${architecture.name} has no system call ${text}`);
  const known = [...syscallNames(architecture).values()];
  throw new TsrunError(`unknown system call ${JSON.stringify(text)}${didYouMean(text, known)}`);
}

/** Arguments of a call: decimal, 0x…, 0o…, negative ones as the machine has them. @throws TsrunError */
export function parseCallArguments(texts: readonly string[]): bigint[] {
  if (texts.length > MAX_ARGUMENTS) {
    throw new TsrunError(`a system call has ${MAX_ARGUMENTS} arguments, these are ${texts.length}`);
  }
  return texts.map((text) => {
    const [, sign, digits] = /^(-?)(\d+|0x[0-9a-f]+|0o[0-7]+)$/i.exec(text) ?? [];
    if (digits === undefined) throw new TsrunError(`the argument ${JSON.stringify(text)} is no number`);
    const value = sign === "-" ? -BigInt(digits) : BigInt(digits);
    if (value >= -(2n ** 63n) && value < 2n ** 64n) return BigInt.asUintN(64, value);
    throw new TsrunError(`the argument ${text} has more than 64 bits`);
  });
}
