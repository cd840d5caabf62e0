// What engines read of a runtime's answers (engines.md has their sources).
import type { Recording } from "../recorder/recording.ts";

/**
 * Texts by which engines tell errors apart: containerd's shim (process/utils.go), Docker (daemon/errors.go), Podman
 * (libpod/oci_util.go) and CRI-O (runtime_oci.go), none of them heeding case.
 */
const matched = [
  "already exists",
  "container not running",
  "does not exist",
  "executable file not found",
  "flag needs an argument",
  "is a directory",
  "no such file or directory",
  "no such process",
  "not a directory",
  "operation not permitted",
  "os: process already finished",
  "permission denied",
];

/** A line of a log in JSON. */
interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly time: string;
}

/** The lines that a call has left in its log. @throws where one of them is not what engines can read */
export function logLines({ argv, end }: Recording): LogLine[] {
  const lines = (end?.log ?? "").split("\n").filter((line) => line !== "");
  return lines.map((text) => {
    const line = JSON.parse(text) as Partial<LogLine>;
    const { level, msg, time } = line;
    if (level === undefined || msg === undefined || Number.isNaN(Date.parse(time ?? ""))) {
      throw new Error(`${argv.join(" ")} left in its log: ${text}`);
    }
    return line as LogLine;
  });
}

/** Whether a call's log is asked for in JSON. */
export function logsJson({ argv }: Recording): boolean {
  return argv.join(" ").replace("=", " ").includes("--log-format json");
}

/** What a call that failed says: what is in its log, what it wrote to standard error. */
export function errorText({ end }: Recording): string {
  return `${end?.log ?? ""}${end?.stderr?.text ?? ""}`;
}

/** The texts in it that engines look for. */
export function matchedTexts(text: string): string[] {
  return matched.filter((each) => text.toLowerCase().includes(each));
}

/** A document's form: of each property its name and its type; of a list the forms of its members. */
export function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].sort().join()}]`;
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  const members = Object.entries(value).map(([name, member]) => `${name}:${shapeOf(member)}`);
  return `{${members.sort().join()}}`;
}
