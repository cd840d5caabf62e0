import { TsrunError } from "../../base/errors.ts";
import type { SeccompArch } from "../../oci/types.ts";
import { architectureOf, machineOf } from "../../seccomp/architectures.ts";
import { compileSeccomp } from "../../seccomp/compile.ts";
import { explainSeccomp } from "../../seccomp/explain.ts";
import { type ProfileFile, readProfile, withinFile } from "../../seccomp/profile-file.ts";
import type { Flags, Invocation } from "../flags.ts";
import { goJson } from "../go-json.ts";
import { print } from "../output.ts";
import {
  parseArchitecture,
  parseCallArguments,
  parseCapabilities,
  parseSyscall,
} from "../seccomp-arguments.ts";
import { listingOf, verdictText } from "../seccomp-text.ts";
import { countError } from "../usage-error.ts";

export const command = "seccomp <action> <profile> [syscall-and-arguments..]";
export const describe =
  "compile PROFILE: print its filter; explain PROFILE SYSCALL [ARGUMENT...]: say what it decides";
export const choices = { action: ["compile", "explain"] };
export const builder = {
  arch: {
    type: "string",
    alias: "a",
    describe: "architecture, as SCMP_ARCH_AARCH64 or arm64 (default: this machine's)",
  },
  caps: {
    type: "string",
    describe: "capabilities that Docker's profiles ask for, with commas (default: what Docker gives)",
  },
  format: {
    type: "string",
    alias: "f",
    default: "text",
    choices: ["text", "binary", "json"],
    describe: "form of the output: binary (struct sock_filter[]) is compile's, json is explain's",
  },
} as const satisfies Flags;

type SeccompInvocation = Invocation<typeof builder>;

/** The profile's file may be a config.json, its seccomp object, or a profile of Docker's or Podman's. */
export function handler({ flags, positionals }: SeccompInvocation): number {
  const [action, path = "", ...call] = positionals;
  const architecture = parseArchitecture(flags.arch);
  const read = () => readProfile(path, { architecture, capabilities: parseCapabilities(flags.caps) });
  switch (action) {
    case "compile":
      if (call.length > 0) throw countError("seccomp", "exactly 2");
      print(compiled(read(), architecture, flags.format));
      return 0;
    case "explain":
      if (call.length === 0) throw countError("seccomp", "a minimum of 3");
      print(explained(read(), architecture, call, flags.format));
      return 0;
    default:
      throw new TsrunError(`tsrun seccomp has no action ${JSON.stringify(action)}`, {
        hint: "known actions: compile, explain",
      });
  }
}

function compiled(file: ProfileFile, architecture: SeccompArch, format: string): string | Uint8Array {
  const filter = withinFile(file, () => compileSeccomp(file.profile, machineOf(architecture)));
  switch (format) {
    case "text":
      return listingOf(filter, architectureOf(architecture));
    case "binary":
      return filter.program;
    default:
      throw new TsrunError("invalid format option", { hint: "compile prints text or binary" });
  }
}

function explained(
  file: ProfileFile,
  architecture: SeccompArch,
  [name = "", ...args]: readonly string[],
  format: string,
): string {
  const { profile, locate } = file;
  const table = architectureOf(architecture);
  const call = { architecture, number: parseSyscall(name, table), args: parseCallArguments(args) };
  const verdict = withinFile(file, () => explainSeccomp(profile, call));
  const pointer = locate(verdict.pointer);
  switch (format) {
    case "text":
      return verdictText(call, table, verdict, pointer);
    case "json":
      return `${goJson({ architecture, number: call.number, ...verdict, pointer }, "  ")}\n`;
    default:
      throw new TsrunError("invalid format option", { hint: "explain prints text or json" });
  }
}
