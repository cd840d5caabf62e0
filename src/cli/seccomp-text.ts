import { disassemble } from "../bpf/disassemble.ts";
import { describeWord } from "../seccomp/actions.ts";
import type { Architecture } from "../seccomp/architectures.ts";
import type { Call, Reason, Verdict } from "../seccomp/explain.ts";
import type { CompiledFilter } from "../seccomp/filter.ts";
import { syscallNames } from "../seccomp/syscall-numbers.ts";
import { errnoName } from "../sys/errno.ts";

/** Offsets in struct seccomp_data (linux/seccomp.h): two words, a pointer, six arguments. */
const [NUMBER, ARCHITECTURE, POINTER, ARGUMENTS] = [0, 4, 8, 16];
const [WORD, ARGUMENT_SIZE] = [4, 8];

/** How the errno of SCMP_ACT_ERRNO, or a tracer's message, follows the action. */
function actionText({
  action,
  data,
}: {
  readonly action: string;
  readonly data: number | undefined;
}): string {
  if (data === undefined) return action;
  return action === "SCMP_ACT_ERRNO" ? `${action} ${data} (${errnoName(data)})` : `${action} ${data}`;
}

/** A filter as a listing: a comment line, then an instruction a line, by its number. */
export function listingOf({ program, flags }: CompiledFilter, { name, bigEndian }: Architecture): string {
  const result = (value: number): string => actionText(describeWord(value));
  const lines = disassemble(program, { load: (offset) => loadText(offset, bigEndian), result });
  const width = String(lines.length - 1).length;
  const head = `; ${name}: ${lines.length} instructions, SECCOMP_FILTER_FLAG_* 0x${flags.toString(16)}\n`;
  return head + lines.map((line, index) => `${String(index).padStart(width)}: ${line}\n`).join("");
}

function loadText(offset: number, bigEndian: boolean): string {
  if (offset === NUMBER) return "number";
  if (offset === ARCHITECTURE) return "architecture";
  if (offset < ARGUMENTS)
    return offset === POINTER ? "instruction pointer" : "instruction pointer, second word";
  const index = Math.floor((offset - ARGUMENTS) / ARGUMENT_SIZE);
  const isSecond = (offset - ARGUMENTS) % ARGUMENT_SIZE === WORD;
  return `argument ${index}, ${isSecond === bigEndian ? "lower" : "upper"} half`;
}

const reasons: Readonly<Record<Reason, string>> = {
  rule: "by this rule",
  default: "no rule is about it, or none whose conditions hold",
  newer: "it is newer than all calls that the profile names, and programs are to do without",
  architecture: "the profile does not name this architecture",
};

/** What is decided about a call, for people. @param pointer the place that decides, in the file */
export function verdictText(
  call: Call,
  architecture: Architecture,
  verdict: Verdict,
  pointer: string,
): string {
  const name = syscallNames(architecture).get(call.number) ?? "an unknown call";
  const args = call.args.map((each) => `0x${each.toString(16)}`).join(", ");
  return [
    `${name}(${args}), number ${call.number} on ${call.architecture}: ${actionText(verdict)}`,
    `${pointer}: ${reasons[verdict.reason]}`,
    "",
  ].join("\n");
}
