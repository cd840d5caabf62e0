import { setLogSink } from "../base/log.ts";
import { loadCommand } from "./commands.ts";
import { completionRequest } from "./completion-script.ts";
import { type GlobalValues, globalFlags, logOptions, runtimeOptions } from "./global-flags.ts";
import { completionText, helpText } from "./help.ts";
import { Logger } from "./logger.ts";
import { print } from "./output.ts";
import { checkCount, readArguments } from "./parse.ts";
import { reportError } from "./report-error.ts";
import { versionText } from "./version.ts";

/** Reads the command's own part of the line and runs it. */
function runCommand(name: string, args: readonly string[], globals: GlobalValues): number {
  const module = loadCommand(name);
  const { values, positionals, help } = readArguments(
    module.builder,
    args,
    module.flagOrder ?? "anywhere",
    name,
  );
  if (help) {
    print(helpText(name));
    return 0;
  }
  checkCount(module.command, positionals);
  const runtime = runtimeOptions(globals, module.onlyLooks !== true);
  return module.handler({ flags: values, positionals, runtime });
}

/** What is answered without a command, a log or a state directory; undefined if there is a command to run. */
function answer(values: GlobalValues, help: boolean, name: string | undefined): string | undefined {
  if (help) {
    return helpText(undefined);
  }
  if (values.version) {
    return versionText();
  }
  return name === undefined ? helpText(undefined) : undefined;
}

/** Until the log flags are known, messages go to stderr as text. */
const plainLog = { file: undefined, format: "text", debug: false } as const;

/**
 * The whole command line, from its words to the exit status. It prints, but leaves the exit to its caller.
 * @param argv the words after the program's name
 */
export function main(argv: readonly string[]): number {
  let logger = new Logger(plainLog);
  try {
    if (argv[0] === completionRequest) {
      print(completionText(argv.slice(1)));
      return 0;
    }
    const { values, positionals, help } = readArguments(globalFlags, argv, "first");
    const [name, ...args] = positionals;
    const text = answer(values, help, name);
    if (text !== undefined || name === undefined) {
      print(text ?? "");
      return 0;
    }
    const options = logOptions(values);
    logger = new Logger(options);
    setLogSink((level, message) => logger.write(level, message), options.debug);
    const status = runCommand(name, args, values);
    logger.finish();
    return status;
  } catch (error) {
    return reportError(error, logger);
  }
}
