import { TsrunError } from "../base/errors.ts";
import { ExecError } from "../base/exec-error.ts";
import { SyscallError } from "../sys/syscall-error.ts";
import { errorText } from "./error-text.ts";
import { helpText } from "./help.ts";
import type { Logger } from "./logger.ts";
import { print } from "./output.ts";
import { UnknownCommandError, UsageError } from "./usage-error.ts";

/** The status of a command that failed. */
const failure = 1;

/** The status of an `exec` that failed before its program ran: none that programs are used to end with. */
const execFailure = 255;

/** urfave/cli's status for a command that does not exist. */
const unknownCommand = 3;

/** The stack of a thrown value, for the debug log alone: a fault of tsrun's own is one line to its user, too. */
function stackOf(thrown: unknown): string | undefined {
  return thrown instanceof Error ? thrown.stack : undefined;
}

/** The error itself follows, whether anybody reads the help or not. */
function printHelp({ heading, topic }: UsageError): void {
  try {
    print(`${heading}\n\n${helpText(topic)}`);
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
  }
}

/**
 * Tells of a failed command, once: help on stdout for a command line that was not understood, the error in the log and
 * as the last line of stderr.
 * @returns the exit status
 */
export function reportError(thrown: unknown, logger: Logger): number {
  if (thrown instanceof UsageError) {
    printHelp(thrown);
  }
  const fault = thrown instanceof ExecError ? thrown.cause : thrown;
  if (!(fault instanceof TsrunError)) {
    logger.write("debug", stackOf(fault) ?? "no stack");
  }
  logger.fail(errorText(thrown));
  if (thrown instanceof ExecError) return execFailure;
  return thrown instanceof UnknownCommandError ? unknownCommand : failure;
}
