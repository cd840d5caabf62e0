// What engines read of a runtime's answers (engines.md has their sources).
import type { Recording } from "../recorder/recording.ts";

/**
 * What engines take an error for, by texts in it, whose case they do not heed: containerd's shim (process/utils.go), Docker
 * (daemon/errors.go), Podman (libpod/oci_util.go, pkg/checkpoint/crutils).
 */
const readings: readonly (readonly [reading: string, ...texts: readonly string[]])[] = [
  ["shim: not found", "does not exist"],
  ["shim: not running", "container not running"],
  ["shim: gone", "no such process", "os: process already finished"],
  ["Docker: 126", "permission denied", "is a directory"],
  ["Docker: 127", "executable file not found", "no such file or directory", "not a directory"],
  ["Podman: 126", "permission denied", "operation not permitted"],
  ["Podman: 127", "executable file not found in", "no such file or directory", "open executable"],
  ["too late", "cannot exec in a stopped container", "cannot exec in a container that has stopped"],
  ["Podman: has the flag", "flag needs an argument", "requires an argument"],
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

/** What engines take it for. */
export function readingsOf(text: string): string[] {
  const lower = text.toLowerCase();
  return readings.filter(([, ...texts]) => texts.some((each) => lower.includes(each))).map(([name]) => name);
}

/** A document's form: of each property its name and its type; of a list the forms of its members. */
export function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return `[${[...new Set(value.map(shapeOf))].sort().join()}]`;
  if (typeof value !== "object" || value === null) return value === null ? "null" : typeof value;
  const members = Object.entries(value).map(([name, member]) => `${name}:${shapeOf(member)}`);
  return `{${members.sort().join()}}`;
}

/** What of a document, its properties and the members of its lists, another one lacks: "/linux/namespaces: time". */
export function lacking(wanted: unknown, found: unknown, place = ""): string[] {
  if (Array.isArray(wanted)) {
    const rest = wanted.filter((member) => !(Array.isArray(found) && found.includes(member)));
    return rest.map((member) => `${place}: ${member}`);
  }
  if (typeof wanted !== "object" || wanted === null) return typeof found === typeof wanted ? [] : [place];
  const members = found as Readonly<Record<string, unknown>> | undefined;
  return Object.entries(wanted).flatMap(([name, value]) =>
    lacking(value, members?.[name], `${place}/${name}`),
  );
}
