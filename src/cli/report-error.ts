import { TsrunError } from "../base/errors.ts";
import { errorText } from "./error-text.ts";
import { helpText } from "./help.ts";
import type { Logger } from "./logger.ts";
import { print } from "./output.ts";
import { UnknownCommandError, UsageError } from "./usage-error.ts";

/** The status of a command that failed. */
const failure = 1;

/** urfave/cli's status for a command that does not exist. */
const unknownCommand = 3;

/** The stack of a thrown value, for the debug log alone: a fault of tsrun's own is one line to its user, too. */
function stackOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? thrown.stack : undefined;
}

/**
 * Tells of a failed command, once: help on stdout for a command line that was not understood, the error in the log and
 * as the last line of stderr.
 * @returns the exit status
 */
export function reportError(thrown: unknown, logger: Logger): number {
  if (thrown instanceof UsageError) {
    print(`${thrown.heading}\n\n${helpText(thrown.topic)}`);
  } else if (!(thrown instanceof TsrunError)) {
    logger.write("debug", stackOf(thrown) ?? "no stack");
  }
  logger.fail(errorText(thrown));
  return thrown instanceof UnknownCommandError ? unknownCommand : failure;
}
