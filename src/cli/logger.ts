import type { LogLevel } from "../base/log.ts";
import { fstat, O_APPEND, O_CREAT, O_SYNC, O_WRONLY, S_IFCHR, S_IFMT } from "../sys/files.ts";
import { openFile } from "../sys/host-files.ts";
import { local } from "../sys/local.ts";
import { type LogFormat, logLine, terminalLine } from "./log-format.ts";
import { writeText } from "./output.ts";

/** What the global flags say about the log. */
export interface LogOptions {
  /** The log file, or undefined for stderr. */
  readonly file: string | undefined;
  readonly format: LogFormat;
  /** Whether debug messages count. */
  readonly debug: boolean;
}

const stderr = 2;

/** Major number of memory devices such as /dev/null (Documentation/admin-guide/devices.txt). */
const memoryDevices = 1;

/** Whether a person reads stderr: a character device that is none of memory. (node:tty would cost 8 ms to load.) */
function isTerminal(): boolean {
  try {
    const { mode, rdevMajor } = fstat(local, stderr);
    return (mode & S_IFMT) === S_IFCHR && rdevMajor !== memoryDevices;
  } catch {
    // It is closed, or no system call can be made: that is then what the message is about, and node:fs writes it.
    return false;
  }
}

/**
 * Writes a message where it may be lost: what becomes of the command, and its exit status, must not hang on whether anybody
 * can be told (a full disk, a reader that has gone, a closed descriptor).
 * @returns whether it was written
 */
function tell(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

function writeStderr(format: LogFormat, level: LogLevel, message: string): void {
  tell(() => {
    const human = format === "text" && isTerminal();
    writeText(
      stderr,
      human ? terminalLine(level, message, process.uptime()) : logLine(format, level, message, new Date()),
    );
  });
}

/**
 * The one place where messages leave tsrun: to the log file in the form that engines read, or to stderr.
 *
 * Podman takes the whole JSON log of a failed command for one object (engines.md 5.3), so warnings wait for the end of
 * the command: after a success they go to the file, after a failure to stderr, and the file holds the error alone.
 * Under `--debug` the caller wants every line in its order, as runc writes them.
 */
export class Logger {
  readonly #options: LogOptions;
  readonly #file: number | undefined;
  #held: { level: LogLevel; message: string; time: Date }[] = [];

  /** @throws SyscallError if the log file cannot be opened */
  constructor(options: LogOptions) {
    this.#options = options;
    const flags = O_CREAT | O_WRONLY | O_APPEND | O_SYNC;
    this.#file = options.file === undefined ? undefined : openFile(options.file, flags, 0o644);
  }

  /** Takes a message that is no error of the command; a sink for `base/log.ts`. */
  write(level: LogLevel, message: string): void {
    const { debug, format } = this.#options;
    if (level === "debug" && !debug) {
      return;
    }
    if (this.#file === undefined) {
      writeStderr(format, level, message);
    } else if (format === "json" && !debug) {
      this.#held.push({ level, message, time: new Date() });
    } else {
      this.#record(this.#file, level, message, new Date());
    }
  }

  /** To the log file; to stderr where that takes no more. */
  #record(file: number, level: LogLevel, message: string, time: Date): void {
    const { format } = this.#options;
    if (!tell(() => writeText(file, logLine(format, level, message, time)))) {
      writeStderr("text", level, message);
    }
  }

  /** The command has succeeded. */
  finish(): void {
    for (const { level, message, time } of this.#held.splice(0)) {
      this.#record(this.#file ?? stderr, level, message, time);
    }
  }

  /** The command has failed: the error goes to the log file, if there is one, and in any case to stderr, as its last line. */
  fail(message: string): void {
    for (const { level, message: warning, time } of this.#held.splice(0)) {
      tell(() => writeText(stderr, logLine("text", level, warning, time)));
    }
    if (this.#file === undefined) {
      writeStderr(this.#options.format, "error", message);
      return;
    }
    const file = this.#file;
    tell(() => writeText(file, logLine(this.#options.format, "error", message, new Date())));
    tell(() => writeText(stderr, `${message}\n`));
  }
}
