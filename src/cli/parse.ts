// Reads a command line as Go's flag package and runc's reordering of arguments do, which engines' command lines are
// written for: `-name`, `--name`, `-name=value`, `--name value`. util.parseArgs knows neither a long name behind a
// single dash nor `--flag=false`, and ends up slower under a translation layer than this single pass (0.3 µs a flag).
import type { Flag, Flags, FlagValues } from "./flags.ts";
import { countError, flagError } from "./usage-error.ts";

/** Where flags may stand: before the first positional argument only, or among them. */
export type FlagOrder = "first" | "anywhere";

/** A command line, taken apart. */
export interface ReadArguments<F extends Flags> {
  readonly values: FlagValues<F>;
  readonly positionals: readonly string[];
  /** `--help` or `-h` stood among the flags; nothing after it was read. */
  readonly help: boolean;
}

interface NamedFlag {
  readonly name: string;
  readonly flag: Flag;
}

function flagIndex(flags: Flags): Map<string, NamedFlag> {
  const index = new Map<string, NamedFlag>();
  for (const [name, flag] of Object.entries(flags)) {
    index.set(name, { name, flag });
    if (flag.alias !== undefined) {
      index.set(flag.alias, { name, flag });
    }
  }
  return index;
}

function defaultValues(flags: Flags): Map<string, boolean | number | string | undefined> {
  const zero = { boolean: false, number: 0, string: undefined };
  return new Map(Object.entries(flags).map(([name, flag]) => [name, flag.default ?? zero[flag.type]]));
}

/** The texts of Go's strconv.ParseBool. */
const booleans: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, true])),
  ...Object.fromEntries(["0", "f", "F", "FALSE", "false", "False"].map((text) => [text, false])),
};

/** A boolean as Go reads one, or undefined. */
export function parseBoolean(text: string): boolean | undefined {
  return Object.hasOwn(booleans, text) ? booleans[text] : undefined;
}

function convert(written: string, flag: Flag, text: string, topic: string | undefined) {
  if (flag.type === "string") {
    return text;
  }
  if (flag.type === "boolean") {
    const value = parseBoolean(text);
    if (value === undefined) {
      throw flagError(`invalid boolean value ${JSON.stringify(text)} for -${written}: parse error`, topic);
    }
    return value;
  }
  if (!/^(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|[1-9][0-9]{0,9}|0)$/.test(text)) {
    throw flagError(`invalid value ${JSON.stringify(text)} for flag -${written}: parse error`, topic);
  }
  return /^0[0-7]/.test(text) ? Number.parseInt(text, 8) : Number(text);
}

/** `--name=value` taken apart: undefined for what is no flag, a name of "" for a flag that is malformed. */
function splitFlag(arg: string): { name: string; value: string | undefined } | undefined {
  if (!arg.startsWith("-") || arg === "-") {
    return undefined;
  }
  const body = arg.slice(arg.startsWith("--") ? 2 : 1);
  if (body.startsWith("-") || body.startsWith("=")) {
    return { name: "", value: undefined };
  }
  const equals = body.indexOf("=");
  return equals < 0
    ? { name: body, value: undefined }
    : { name: body.slice(0, equals), value: body.slice(equals + 1) };
}

/**
 * Reads the arguments of a command (`topic`), or tsrun's own for undefined.
 *
 * A flag given twice: the last one counts. What looks like a flag but is none of the command's is an error before the
 * first positional argument and belongs to the positional ones after it: `ps ID -o pid,cmd`.
 * @throws {UsageError} in the words of Go's flag package
 */
export function readArguments<F extends Flags>(
  flags: F,
  args: readonly string[],
  order: FlagOrder,
  topic?: string,
): ReadArguments<F> {
  const index = flagIndex(flags);
  const values = defaultValues(flags);
  const positionals: string[] = [];
  let help = false;
  let next = 0;
  while (next < args.length && !help) {
    const arg = args[next++] ?? "";
    if (arg === "--") {
      // Go's parser ends, and drops the mark, only where it has met no positional argument yet.
      positionals.push(...args.slice(positionals.length === 0 ? next : next - 1));
      break;
    }
    const split = splitFlag(arg);
    const named = split === undefined ? undefined : index.get(split.name);
    if (split !== undefined && named !== undefined) {
      const needsNext = split.value === undefined && named.flag.type !== "boolean";
      const text = split.value ?? (needsNext ? args[next++] : "true");
      if (text === undefined) {
        throw flagError(`flag needs an argument: -${split.name}`, topic);
      }
      values.set(named.name, convert(split.name, named.flag, text, topic));
    } else if (split?.name === "help" || split?.name === "h") {
      help = true;
    } else if (split !== undefined && positionals.length === 0) {
      throw flagError(
        split.name === "" ? `bad flag syntax: ${arg}` : `flag provided but not defined: -${split.name}`,
        topic,
      );
    } else if (order === "first") {
      positionals.push(...args.slice(next - 1));
      break;
    } else {
      positionals.push(arg);
    }
  }
  return { values: Object.fromEntries(values) as FlagValues<F>, positionals, help };
}

/**
 * Holds the number of positional arguments against a command's pattern (`kill <container-id> [signal]`).
 * @throws {UsageError} `requires exactly 1 argument(s)`, or a minimum, or a maximum
 */
export function checkCount(pattern: string, positionals: readonly string[]): void {
  const [command = "", ...places] = pattern.split(" ");
  const least = places.filter((place) => place.startsWith("<")).length;
  const most = pattern.endsWith("..]") ? Number.POSITIVE_INFINITY : places.length;
  const count = positionals.length;
  if (least === most && count !== least) {
    throw countError(command, `exactly ${least}`);
  }
  if (count < least) {
    throw countError(command, `a minimum of ${least}`);
  }
  if (count > most) {
    throw countError(command, `a maximum of ${most}`);
  }
}
