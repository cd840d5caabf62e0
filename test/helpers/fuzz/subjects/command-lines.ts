import fc from "fast-check";
import { loadAllCommands } from "../../../../src/cli/commands.ts";
import { intervalOf, parseDuration } from "../../../../src/cli/duration.ts";
import { parseGroups, parseSubCgroups, parseUser } from "../../../../src/cli/exec-arguments.ts";
import { globalFlags, logOptions } from "../../../../src/cli/global-flags.ts";
import { completionText } from "../../../../src/cli/help.ts";
import { checkCount, readArguments } from "../../../../src/cli/parse.ts";
import {
  parseArchitecture,
  parseCallArguments,
  parseCapabilities,
  parseSyscall,
} from "../../../../src/cli/seccomp-arguments.ts";
import {
  parseBytes,
  parseDecimal,
  parseGoInteger,
  parseWeight,
} from "../../../../src/cli/update-arguments.ts";
import { parseSignal } from "../../../../src/container/parse-signal.ts";
import { architectures } from "../../../../src/seccomp/architectures.ts";
import { commandLineTexts, flagValues } from "../command-words.ts";
import { faultOf, firstFault } from "../fault.ts";
import { type Subject, subject } from "../subject.ts";

/** Reads a line as cli/main.ts does, up to where its command would begin. */
function read(argv: readonly string[]): void {
  const { values, positionals, help } = readArguments(globalFlags, argv, "first");
  const [name, ...args] = positionals;
  logOptions(values);
  const command = loadAllCommands().find((each) => each.command.split(" ")[0] === name);
  if (help || command === undefined) return;
  const own = readArguments(command.builder, args, command.flagOrder ?? "anywhere", name);
  if (!own.help) checkCount(command.command, own.positionals);
}

/** All that takes the value of a flag apart. */
const readers: readonly ((text: string) => unknown)[] = [
  parseUser,
  (text) => parseGroups([text, "1"]),
  (text) => parseSubCgroups([text]),
  (text) => parseSubCgroups([text, "cpu:a"]),
  parseDuration,
  (text) => intervalOf(text, "events"),
  parseSignal,
  parseArchitecture,
  parseCapabilities,
  (text) => parseCallArguments([text]),
  ...architectures.x64.map((architecture) => (text: string) => parseSyscall(text, architecture)),
  (text) => parseBytes("memory", text),
  (text) => parseWeight("blkio-weight", text),
  (text) => parseGoInteger("pids-limit", text),
  (text) => parseDecimal("cpu-quota", text, "int64"),
  (text) => parseDecimal("cpu-period", text, "uint64"),
];

/** Numbers that a reader gives are such that the kernel or a document can have them. */
function isStrange(value: unknown): boolean {
  return typeof value === "number" && Number.isNaN(value);
}

/** Command lines, and the values of flags. */
export function commandLines(): Subject {
  return subject(fc.tuple(commandLineTexts, flagValues), ([argv, value]) => {
    for (const reader of readers) {
      const check = (result: unknown) => (isStrange(result) ? `${value} becomes ${result}` : undefined);
      const fault = faultOf(() => reader(value), check);
      if (fault !== undefined) return fault;
    }
    return firstFault(
      () => read(argv),
      // yargs takes its time.
      () => (argv.length === 1 || argv.length % 5 === 0 ? completionText(argv) : ""),
    );
  });
}
