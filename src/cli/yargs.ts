// The only file that knows yargs. It is loaded for help, usage errors and completion alone (design.md, D5).
import yargs, { type Argv } from "yargs";
import { loadAllCommands } from "./commands.ts";
import { completionRequest } from "./completion-script.ts";
import type { CommandModule, Flags } from "./flags.ts";
import { globalFlags } from "./global-flags.ts";

/** yargs wants a command of its own for scripts; it stays hidden behind a name that no shell sends: ours are better. */
const yargsOwnCommand = "yargs-completion";

/** Columns of the help. */
const width = 100;

function withFlags(parser: Argv, flags: Flags, heading: string): Argv {
  for (const [name, flag] of Object.entries(flags)) {
    parser.option(name, { ...flag, group: heading, global: false });
  }
  return parser;
}

function withChoices(parser: Argv, choices: NonNullable<CommandModule["choices"]>): Argv {
  for (const [name, words] of Object.entries(choices)) {
    parser.positional(name, { choices: words, type: "string" });
  }
  return parser;
}

function addCommand(parser: Argv, module: CommandModule): void {
  parser.command({
    command: module.command,
    describe: module.describe,
    builder: (own) => withChoices(withFlags(own, module.builder, "Options:"), module.choices ?? {}),
    // Commands are run by main.ts, which has read the line itself.
    handler: () => undefined,
  });
}

/** Everything that tsrun understands, for yargs. Its working directory is given: the caller's may be gone. */
function describeAll(line: readonly string[]): Argv {
  const parser = yargs([...line], "/")
    .scriptName("tsrun")
    .usage("$0 [global options] <command> [options] [arguments]")
    .usage(
      "An OCI runtime: runs a container from a bundle, a directory with config.json and a root file system.",
    )
    .detectLocale(false)
    .version(false)
    .help("help", "show help")
    .alias("help", "h")
    .group(["help"], "Options:")
    .exitProcess(false)
    .wrap(width);
  withFlags(parser, globalFlags, "Global options:");
  for (const module of loadAllCommands()) {
    addCommand(parser, module);
  }
  return parser;
}

/** The help of a command, or of tsrun itself, ended by a newline. */
export function renderHelp(topic: string | undefined): string {
  let text = "";
  const line = topic === undefined ? ["--help"] : [topic, "--help"];
  describeAll(line).parse(line, {}, (_error: unknown, _argv: unknown, output: string) => {
    text = output;
  });
  return `${text}\n`;
}

/** Longer words than anybody completes. */
const LONGEST = 4096;

/**
 * Whether a word is none for yargs: it takes a flag called as a property that every object has for one of its own, and fails,
 * and each letter behind a single dash for a flag, of which many take their square.
 */
function isBeyondYargs(word: string): boolean {
  return word.length > LONGEST || word.replace(/^-+/, "") in Object.prototype;
}

/**
 * What may follow the words of an unfinished command line (the program's name first), each as the shell wants it.
 * Single letters are left out: yargs offers them as `--f`.
 */
export function completeLine(words: readonly string[]): string[] {
  if (words.some(isBeyondYargs)) return [];
  let text = "";
  const line = [completionRequest, ...words];
  describeAll(line)
    .completion(yargsOwnCommand, false)
    .parse(line, {}, (_error: unknown, _argv: unknown, output: string) => {
      text = output;
    });
  return text.split("\n").filter((word) => word !== "" && !/^--.(:|$)/.test(word));
}
