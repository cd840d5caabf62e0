import type { RuntimeOptions } from "../container/options.ts";

/** One flag, in the vocabulary of a yargs option: help and completion are built from the very same object. */
export interface Flag {
  readonly type: "boolean" | "number" | "string";
  readonly alias?: string;
  readonly describe: string;
  readonly default?: boolean | number | string;
  /** What completion offers; the command itself refuses others, in runc's words. */
  readonly choices?: readonly string[];
}

/** A command's (or the global) flags by their long names. */
export type Flags = Readonly<Record<string, Flag>>;

type FlagValue<F extends Flag> = F["type"] extends "boolean"
  ? boolean
  : F["type"] extends "number"
    ? number
    : F extends { readonly default: string }
      ? string
      : string | undefined;

/** What the flags of a command line came to: booleans are false and numbers 0 unless given or defaulted. */
export type FlagValues<F extends Flags> = { readonly [Name in keyof F]: FlagValue<F[Name]> };

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
  readonly builder: F;
  /** Returns the exit status of tsrun. */
  handler(invocation: Invocation<F>): number;
}
