/** Levels in the order of their weight; the names are those of logrus, which engines read in the log file. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** Takes every message; decides which levels count and where they go. */
export type LogSink = (level: LogLevel, message: string) => void;

/** A library user who installs no sink gets silence: below `cli` nothing prints. */
let sink: LogSink | undefined;
let takesDebug = false;

/**
 * Installs the receiver of all later messages, or none; returns the one before.
 * @param debug whether it does anything with debug messages: those that cost something to compose are left out else
 */
export function setLogSink(next: LogSink | undefined, debug = true): LogSink | undefined {
  const previous = sink;
  sink = next;
  takesDebug = next !== undefined && debug;
  return previous;
}

/** What the layers below `cli` have to say beside their results and errors. Never log an error that is thrown, too. */
export const log = {
  /** Whether debug messages reach anybody. */
  get debugging(): boolean {
    return takesDebug;
  },
  debug(message: string): void {
    sink?.("debug", message);
  },
  info(message: string): void {
    sink?.("info", message);
  },
  warn(message: string): void {
    sink?.("warning", message);
  },
};
