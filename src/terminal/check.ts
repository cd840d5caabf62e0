import { TsrunError } from "../base/errors.ts";

/** What the command line and config.json say about the terminal. */
export interface TerminalRequest {
  /** process.terminal of config.json. */
  readonly terminal: boolean;
  /** The runtime ends before the container does: `create`, and `--detach`. */
  readonly detach: boolean;
  /** `--console-socket`, if given. */
  readonly consoleSocket?: string | undefined;
}

/** Refuses what cannot be meant, in runc's words: a terminal nobody takes, or a socket that nothing is sent to. */
export function checkTerminal({ terminal, detach, consoleSocket }: TerminalRequest): void {
  if (detach && terminal && consoleSocket === undefined) {
    const message = "cannot allocate tty if runc will detach without setting console socket";
    throw new TsrunError(message, { pointer: "/process/terminal", hint: "give --console-socket" });
  }
  if ((!detach || !terminal) && consoleSocket !== undefined) {
    throw new TsrunError("cannot use console socket if runc will not detach or allocate tty", {
      pointer: "/process/terminal",
    });
  }
}
