import type { RuntimeOptions } from "../container/options.ts";

/** One flag, in the vocabulary of a yargs option: help and completion are built from the very same object. */
export interface Flag {
  /** `array`: may be given several times, each value is one item. */
  readonly type: "array" | "boolean" | "number" | "string";
  readonly alias?: string;
  readonly describe: string;
  /** Left out of help and completion: it has no effect any more. */
  readonly hidden?: boolean;
  readonly default?: boolean | number | string;
  /** A boolean that says nothing unless it is given: `--flag=false` is then another thing than no flag. */
  readonly mayBeUnset?: true;
  /** What completion offers; the command itself refuses others, in runc's words. */
  readonly choices?: readonly string[];
}

/** A command's (or the global) flags by their long names. */
export type Flags = Readonly<Record<string, Flag>>;

type FlagValue<F extends Flag> = F["type"] extends "boolean"
  ? F extends { readonly mayBeUnset: true }
    ? boolean | undefined
    : boolean
  : F["type"] extends "number"
    ? number
    : F["type"] extends "array"
      ? readonly string[]
      : F extends { readonly default: string }
        ? string
        : string | undefined;

/** What the flags of a command line came to: booleans are false, numbers 0, arrays empty unless given or defaulted. */
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> };

/** Where flags may stand: before the first positional argument only, or among them. */
export type FlagOrder = "first" | "anywhere";

/** A command line, read. */
export interface Invocation<F extends Flags = Flags> {
  readonly flags: FlagValues<F>;
  /** Their number has been checked against the command's pattern. */
  readonly positionals: readonly string[];
  readonly runtime: RuntimeOptions;
}

/** What a file in `commands/` exports: yargs' shape of a command module. */
export interface CommandModule<F extends Flags = Flags> {
  /** The name and the positional arguments: `<required>`, `[optional]`, `[any number..]`. */
  readonly command: string;
  readonly describe: string;
  /** What completion offers in the places of positional arguments, by their names. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  readonly builder: F;
  /** `first` where what follows the first positional argument is another program's; otherwise `anywhere`. */
  readonly flagOrder?: FlagOrder;
  /** Whether the directory of containers stays unmade where it is missing. */
  readonly onlyLooks?: boolean;
  /** Returns the exit status of tsrun. */
  handler(invocation: Invocation<F>): number;
}
