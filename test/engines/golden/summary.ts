// Recordings without what differs from run to run: ids, pids, paths, times, and how often something was asked.
import type { Recording } from "../recorder/recording.ts";
import { errorText, readingsOf } from "./answers.ts";
import { type CommandLine, parseCommandLine } from "./command-line.ts";

/** What engines ask again and again, whenever they like: its place among the other calls means nothing. */
const polled = new Set(["state", "ps", "events", "list"]);

/** What begins a container's life, and what asks for its end. */
const makes = new Set(["create", "run"]);
const ends = new Set(["kill", "delete"]);

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

function commandOf(argv: readonly string[]): string {
  return parseCommandLine(argv.slice(1)).command;
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

/**
 * Whether a call is an `exec` that failed after somebody had begun to end its container: an engine's health checks go on
 * until they are told, and what a runtime says of one in whose middle everything vanishes is chance.
 * @param life all calls of the container, in the order in which they began
 */
function lostRace({ end, argv, started }: Recording, life: readonly Recording[]): boolean {
  if (end === undefined || end.status === 0 || commandOf(argv) !== "exec") return false;
  const made =
    life.findLast((each) => makes.has(commandOf(each.argv)) && each.started < started)?.started ?? 0;
  const isEnd = (each: Recording) => ends.has(commandOf(each.argv)) && each.started > made;
  return life.some((each) => isEnd(each) && each.started < end.ended);
}

/** A container by its root and id; undefined where a call is of none. */
function containerOf({ flags, operands, command }: CommandLine): string | undefined {
  const [id] = operands;
  return id === undefined || command === "" ? undefined : `${flags.get("root") ?? ""}/${id}`;
}

/** Sums up what one runtime was asked in each machine of a test file, and what it answered. */
export function sumUp(machines: readonly (readonly Recording[])[]): Summary {
  const lives = new Map<string, Recording[]>();
  const others = new Set<string>();
  for (const [machine, recordings] of machines.entries()) {
    for (const recording of recordings) {
      const line = parseCommandLine(recording.argv.slice(1));
      const container = containerOf(line);
      if (container === undefined || polled.has(line.command)) others.add(summarise(recording));
      else lifeOf(lives, `${machine}:${container}`).push(recording);
    }
  }
  return { lives: new Set([...lives.values()].map(textOf)), others };
}

/** Each kind of call of a container's at the place where it came for the first time. */
function textOf(life: readonly Recording[]): string {
  const calls = life.filter((recording) => !lostRace(recording, life));
  return [...new Set(calls.map(summarise))].join("\n");
}

function lifeOf(lives: Map<string, Recording[]>, container: string): Recording[] {
  const life = lives.get(container) ?? [];
  lives.set(container, life);
  return life;
}
