// Command lines out of tsrun's own table of commands and flags, from sensible to hostile.
import fc from "fast-check";
import { loadAllCommands } from "../../../src/cli/commands.ts";
import type { Flags } from "../../../src/cli/flags.ts";
import { globalFlags } from "../../../src/cli/global-flags.ts";
import { hostileStrings } from "./hostile.ts";

const commands = loadAllCommands();

const namesOf = (flags: Flags): string[] =>
  Object.entries(flags).flatMap(([name, { alias }]) => (alias === undefined ? [name] : [name, alias]));

/** What flags and positional arguments are worth, mostly. */
const sensible = [
  ...[
    "",
    "0",
    "1",
    "-1",
    "9",
    "10m",
    "1.5g",
    "64M",
    "max",
    "true",
    "false",
    "json",
    "table",
    "text",
    "auto",
    "all",
  ],
  ...[
    "KILL",
    "SIGTERM",
    "65",
    "1000:1000",
    "0:",
    ":0",
    "1s",
    "5ms",
    "-3h",
    "0-1",
    "cpu:/a",
    "cpu,memory:a/b",
    "../x",
  ],
  ...[
    "read",
    "clone3",
    "x86_64",
    "CAP_KILL,kill",
    "0x7fffffff",
    "0o17",
    "08",
    "install",
    "docker",
    "zsh",
    "bash",
  ],
  ...["/nowhere", "/dev/null", ".", "/", "none", "A=b", "-", "--"],
];

export const flagValues: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...sensible) },
  { weight: 2, arbitrary: hostileStrings },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom(...'0123456789.,:;=-+_xbkmgKMG /"\\%'), maxLength: 12 }),
  },
);

/** A flag, with a value of its own, with none, or with one behind it. */
function flagWords(flags: Flags): fc.Arbitrary<string[]> {
  const names = fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...namesOf(flags), "help", "h") },
    { weight: 1, arbitrary: hostileStrings },
  );
  const dashes = fc.constantFrom("--", "--", "-", "---");
  return fc
    .tuple(dashes, names, fc.constantFrom("=", " ", ""), flagValues)
    .map(([dash, name, how, value]) => {
      if (how === "=") return [`${dash}${name}=${value}`];
      return how === " " ? [`${dash}${name}`, value] : [`${dash}${name}`];
    });
}

function someWords(flags: Flags, most: number): fc.Arbitrary<string[]> {
  return fc.array(flagWords(flags), { maxLength: most }).map((list) => list.flat());
}

const positionals = fc.array(fc.oneof(fc.constantFrom("a", "none", "b"), flagValues), { maxLength: 4 });

/** The words after the program's name. */
export const commandLineTexts: fc.Arbitrary<string[]> = fc
  .oneof({ weight: 15, arbitrary: fc.constantFrom(...commands) }, { weight: 1, arbitrary: hostileStrings })
  .chain((command) => {
    const [name, flags] =
      typeof command === "string"
        ? [command, globalFlags]
        : [command.command.split(" ")[0] ?? "", command.builder];
    return fc
      .tuple(someWords(globalFlags, 2), someWords(flags, 3), positionals, someWords(flags, 1))
      .map(([globals, own, words, late]) => [...globals, name, ...own, ...words, ...late]);
  });
