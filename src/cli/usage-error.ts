import { TsrunError } from "../base/errors.ts";

/** A command line that cannot be understood; help goes to stdout before the error itself is printed. */
export class UsageError extends TsrunError {
  /** The command whose help is shown, or undefined for tsrun's own. */
  readonly topic: string | undefined;
  /** The line above the help. */
  readonly heading: string;

  constructor(message: string, topic: string | undefined, heading: string) {
    super(message);
    this.topic = topic;
    this.heading = heading;
  }
}

/** A flag that is unknown, malformed or lacks its value; the headings are runc's, which differ by a character. */
export function flagError(message: string, topic: string | undefined): UsageError {
  return new UsageError(
    message,
    topic,
    topic === undefined ? `Incorrect Usage. ${message}` : `Incorrect Usage: ${message}`,
  );
}

/** Too many or too few arguments. */
export function countError(command: string, requirement: string): UsageError {
  return new UsageError(
    `tsrun: "${command}" requires ${requirement} argument(s)`,
    command,
    "Incorrect Usage.",
  );
}

/** A command, or a topic of `help`, that does not exist; the text is urfave/cli's, which scripts probe for. */
export class UnknownCommandError extends TsrunError {
  constructor(name: string) {
    super(`No help topic for '${name}'`);
  }
}
