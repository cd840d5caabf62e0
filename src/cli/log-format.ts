import type { LogLevel } from "../base/log.ts";
import { goJson } from "./go-json.ts";

/** The log formats of runc's `--log-format`. */
export type LogFormat = "json" | "text";

/** RFC 3339 in seconds, as logrus writes it; in UTC. */
function timestamp(now: Date): string {
  return now.toISOString().replace(/\.\d+Z$/, "Z");
}

/** logrus quotes a text value unless it is made of these alone. */
function quoted(text: string): string {
  return /^[a-zA-Z0-9\-._/@^+]+$/.test(text) ? text : JSON.stringify(text);
}

/** One message as a line of the log file, or of stderr where that is no terminal. */
export function logLine(format: LogFormat, level: LogLevel, message: string, now: Date): string {
  const time = timestamp(now);
  return format === "json"
    ? `${goJson({ level, msg: message, time })}\n`
    : `time="${time}" level=${level} msg=${quoted(message)}\n`;
}

/** A text that a terminal shows as it is: what steers one is escaped, as in JSON. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** SGR colours of the levels. */
const colours = { debug: 37, info: 36, warning: 33, error: 31 } as const;

/** One message for a person at a terminal: the level, the seconds since tsrun started, the text. */
export function terminalLine(level: LogLevel, message: string, elapsedSeconds: number): string {
  const tag = level.slice(0, 4).toUpperCase();
  const seconds = Math.floor(elapsedSeconds).toString().padStart(4, "0");
  return `\u001b[${colours[level]}m${tag}\u001b[0m[${seconds}] ${harmless(message)}\n`;
}
