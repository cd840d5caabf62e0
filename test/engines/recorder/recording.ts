// What the recorder (recorder.c) writes down of a call of the runtime: a file of two lines, each a JSON object. The
// second one is missing while the call lasts, and where its caller has killed it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a call wrote to one of its output streams. */
export interface Output {
  /** "peeked": what its caller had not read yet when it failed, so that there may be more. */
  readonly seen: "relayed" | "peeked";
  readonly text: string;
}

/** How a call was made. */
export interface Call {
  /** Nanoseconds of the machine's monotonic clock. */
  readonly started: number;
  readonly uid: number;
  /** What stands behind each open descriptor, as /proc/PID/fd has it. */
  readonly descriptors: Readonly<Record<string, string>>;
  /** The calling process's name, unless that is in another pid namespace. */
  readonly caller?: string;
  readonly argv: readonly string[];
  /** NAME=VALUE. */
  readonly env: readonly string[];
  readonly cwd: string;
  /** Where resources were read from it. */
  readonly stdin?: string;
}

/** How a call ended. */
export interface End {
  readonly ended: number;
  readonly status?: number;
  /** That ended it. */
  readonly signal?: number;
  /** Missing where a container may keep the stream. */
  readonly stdout?: Output;
  readonly stderr?: Output;
  /** What came to the file of `--log` during the call. */
  readonly log?: string;
  readonly pidFile?: string;
}

/** One call of the runtime. */
export interface Recording extends Call {
  readonly end?: End;
}

/** @throws SyntaxError where the recorder was interrupted in a line */
export function parseRecording(text: string): Recording {
  const [call = "", end] = text.trimEnd().split("\n");
  return { ...(JSON.parse(call) as Call), ...(end === undefined ? {} : { end: JSON.parse(end) as End }) };
}

/** Every call that was recorded in a folder, in the order in which they began. */
export function readRecordings(folder: string): Recording[] {
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .filter((text) => text !== "") // a call that begins just now
    .map(parseRecording);
}
