// Recordings without what differs from run to run: ids, pids, paths, times, and how often something was asked.
import type { Recording } from "../recorder/recording.ts";
import { errorText, readingsOf } from "./answers.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";

/** What engines ask again and again, whenever they like: its place among the other calls means nothing. */
const polled = new Set(["state", "ps", "events", "list"]);

const globalFlags = new Set(["root", "log", "log-format", "debug", "rootless", "systemd-cgroup"]);

/** Whose value is a path, an address or an id. */
const placeholders: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^\//, "PATH"],
  [/[0-9a-f]{12,}/, "ID"],
];

function placeholder(value: string): string {
  return placeholders.find(([pattern]) => pattern.test(value))?.[1] ?? value;
}

function asked({ command, flags, operands }: CommandLine): string {
  const [, ...others] = operands;
  const named = [...flags].map(([name, value]) => (value === "" ? name : `${name}=${placeholder(value)}`));
  return [command, ...named.sort(), ...others.map(placeholder)].join(" ");
}

/**
 * The kind of call, without the global flags: what engines write differs in numbers, places and in what they hand on to
 * ps. "create bundle=PATH pid-file=PATH preserve-fds=N"
 */
export function kindOf(args: readonly string[]): string {
  const { command, flags } = parseCommandLine(args);
  const own = [...flags].filter(([name]) => command === "" || !globalFlags.has(name));
  const text = asked({ command, flags: new Map(own), operands: [] });
  return text.replaceAll(/\b\d+/g, "N");
}

function answered(recording: Recording): string {
  const { end } = recording;
  if (end === undefined) return "killed by its caller";
  if (end.signal !== undefined) return `signal ${end.signal}`;
  const texts = end.status === 0 ? [] : readingsOf(errorText(recording));
  return [`status ${end.status}`, ...texts].join(", ");
}

/** "kill 9 log=PATH ... -> status 1, shim: not running" */
function summarise(recording: Recording): string {
  return `${asked(parseCommandLine(recording.argv.slice(1)))} -> ${answered(recording)}`;
}

/** What engines did with containers of a kind. */
export interface Summary {
  /** For each kind of container what was asked for it, in the order in which each call came for the first time. */
  readonly lives: ReadonlySet<string>;
  /** What was asked whenever the engine liked, or of no container. */
  readonly others: ReadonlySet<string>;
}

/** A container by its root and id; undefined where a call is of none. */
function containerOf({ flags, operands, command }: CommandLine): string | undefined {
  const [id] = operands;
  return id === undefined || command === "" ? undefined : `${flags.get("root") ?? ""}/${id}`;
}

/** Sums up what one runtime was asked in each machine of a test file, and what it answered. */
export function sumUp(machines: readonly (readonly Recording[])[]): Summary {
  const lives = new Map<string, Set<string>>();
  const others = new Set<string>();
  for (const [machine, recordings] of machines.entries()) {
    for (const recording of recordings) {
      const line = parseCommandLine(recording.argv.slice(1));
      const container = containerOf(line);
      if (container === undefined || polled.has(line.command)) others.add(summarise(recording));
      else lifeOf(lives, `${machine}:${container}`).add(summarise(recording));
    }
  }
  return { lives: new Set([...lives.values()].map((calls) => [...calls].join("\n"))), others };
}

function lifeOf(lives: Map<string, Set<string>>, container: string): Set<string> {
  const life = lives.get(container) ?? new Set();
  lives.set(container, life);
  return life;
}
