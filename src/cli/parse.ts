// Reads a command line as Go's flag package and runc's reordering of arguments do, which engines' command lines are
// written for: `-name`, `--name`, `-name=value`, `--name value`. util.parseArgs knows neither a long name behind a
// single dash, nor `--flag=false`, nor where an unknown flag is an argument (`ps ID -o pid`). Cold, under Bun, this
// takes 0.09 ms for an engine's create, parseArgs 0.04: plain loops and no #private members, because JavaScriptCore
// compiles its own find, entries and hasOwn, and the latter, at their first use.
import type { Flag, FlagOrder, Flags, FlagValues } from "./flags.ts";
import { countError, flagError } from "./usage-error.ts";

/** A command line, taken apart. */
export interface ReadArguments<F extends Flags> {
  readonly values: FlagValues<F>;
  readonly positionals: readonly string[];
  /** `--help` or `-h` stood among the flags; nothing after it was read. */
  readonly help: boolean;
}

type Value = boolean | number | string | readonly string[] | undefined;

/** A boolean as Go's strconv.ParseBool reads one, or undefined. */
export function parseBoolean(text: string): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text)) {
    return true;
  }
  return ["0", "f", "F", "FALSE", "false", "False"].includes(text) ? false : undefined;
}

/** A number as Go's strconv.ParseInt reads one, 010 and 0x8 included, or undefined. */
function parseCount(text: string): number | undefined {
  if (!/^(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|[1-9][0-9]{0,9}|0)$/.test(text)) {
    return undefined;
  }
  return /^0[0-7]/.test(text) ? Number.parseInt(text, 8) : Number(text);
}

function convert(
  type: Exclude<Flag["type"], "array">,
  name: string,
  text: string,
  topic: string | undefined,
): Value {
  if (type === "string") {
    return text;
  }
  const value = type === "boolean" ? parseBoolean(text) : parseCount(text);
  if (value === undefined) {
    const what = type === "boolean" ? "boolean value" : "value";
    const link = type === "boolean" ? "for" : "for flag";
    throw flagError(`invalid ${what} ${JSON.stringify(text)} ${link} -${name}: parse error`, topic);
  }
  return value;
}

/** What a flag is worth that is not given. */
function unset(flag: Flag | undefined): Value {
  if (flag === undefined || flag.default !== undefined) {
    return flag?.default;
  }
  if (flag.type === "array") {
    return [];
  }
  if (flag.type === "boolean") {
    return flag.mayBeUnset ? undefined : false;
  }
  return flag.type === "number" ? 0 : undefined;
}

/** The long name of a flag by either of its names. */
function longName(flags: Flags, name: string): string | undefined {
  for (const long in flags) {
    if (long === name || flags[long]?.alias === name) {
      return long;
    }
  }
  return undefined;
}

class Reader {
  readonly values: Record<string, Value> = {};
  readonly positionals: string[] = [];
  help = false;
  private readonly flags: Flags;
  private readonly args: readonly string[];
  private readonly topic: string | undefined;
  private next = 0;

  constructor(flags: Flags, args: readonly string[], topic: string | undefined) {
    this.flags = flags;
    this.args = args;
    this.topic = topic;
    for (const name in flags) {
      this.values[name] = unset(flags[name]);
    }
  }

  readAll(order: FlagOrder): void {
    while (this.next < this.args.length && !this.help) {
      const arg = this.args[this.next++] ?? "";
      if (arg === "--") {
        // Go's parser ends, and drops the mark, only where it has met no positional argument yet.
        this.takeRest(this.positionals.length === 0 ? this.next : this.next - 1);
      } else if (!this.takeFlag(arg)) {
        this.takePositional(arg, order);
      }
    }
  }

  private takePositional(arg: string, order: FlagOrder): void {
    if (order === "first") {
      this.takeRest(this.next - 1);
    } else {
      this.positionals.push(arg);
    }
  }

  private takeRest(from: number): void {
    this.positionals.push(...this.args.slice(from));
    this.next = this.args.length;
  }

  /** Takes an argument that is a flag, with its value; false if it is none. */
  private takeFlag(arg: string): boolean {
    if (!arg.startsWith("-") || arg === "-") {
      return false;
    }
    const body = arg.slice(arg.startsWith("--") ? 2 : 1);
    const equals = body.indexOf("=");
    const name = equals < 0 ? body : body.slice(0, equals);
    const long = longName(this.flags, name);
    const flag = long === undefined ? undefined : this.flags[long];
    if (long !== undefined && flag !== undefined) {
      const text = equals < 0 ? this.followingValue(flag, name) : body.slice(equals + 1);
      if (flag.type === "array") {
        this.values[long] = [...((this.values[long] as readonly string[] | undefined) ?? []), text];
      } else {
        this.values[long] = convert(flag.type, name, text, this.topic);
      }
      return true;
    }
    this.help = name === "help" || name === "h";
    if (!this.help && this.positionals.length === 0) {
      const malformed = name === "" || name.startsWith("-");
      const fault = malformed ? `bad flag syntax: ${arg}` : `flag provided but not defined: -${name}`;
      throw flagError(fault, this.topic);
    }
    return this.help;
  }

  /** The value of a flag without `=`: what comes next, whatever it looks like. */
  private followingValue(flag: Flag, name: string): string {
    const text = flag.type === "boolean" ? "true" : this.args[this.next++];
    if (text === undefined) {
      throw flagError(`flag needs an argument: -${name}`, this.topic);
    }
    return text;
  }
}

/**
 * Reads the arguments of a command (`topic`), or tsrun's own for undefined.
 *
 * A flag given twice: the last one counts, unless it takes several. What looks like a flag but is none of the command's is an error before the
 * first positional argument and belongs to the positional ones after it: `ps ID -o pid,cmd`.
 * @throws {UsageError} in the words of Go's flag package
 */
export function readArguments<F extends Flags>(
  flags: F,
  args: readonly string[],
  order: FlagOrder,
  topic?: string,
): ReadArguments<F> {
  const reader = new Reader(flags, args, topic);
  reader.readAll(order);
  return { values: reader.values as FlagValues<F>, positionals: reader.positionals, help: reader.help };
}

/**
 * Holds the number of positional arguments against a command's pattern (`kill <container-id> [signal]`).
 * @throws {UsageError} `requires exactly 1 argument(s)`, or a minimum, or a maximum
 */
export function checkCount(pattern: string, positionals: readonly string[]): void {
  const places = pattern.split(" ");
  const command = places[0] ?? "";
  let least = 0;
  while (places[least + 1]?.startsWith("<")) {
    least++;
  }
  const most = pattern.endsWith("..]") ? Number.POSITIVE_INFINITY : places.length - 1;
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
