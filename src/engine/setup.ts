import { TsrunError } from "../base/errors.ts";

/** The name that engines know tsrun by. */
export const RUNTIME = "tsrun";

/** What is to stand in a configuration. */
export interface Wish {
  /** tsrun's executable, an absolute path. */
  readonly program: string;
  /** Whether containers that ask for no runtime get tsrun. */
  readonly asDefault: boolean;
}

/** What to know of one engine's configuration. All of it works on texts; an absent file is undefined. */
export interface Setup {
  /** The executable that a configuration has for tsrun: undefined where it has none, "" where it has tsrun without one. */
  find(text: string): string | undefined;
  /** The configuration with tsrun. @throws TsrunError where it is not understood */
  install(text: string | undefined, wish: Wish): string;
  /** The configuration without tsrun. @param before what it was once, as far as that is known */
  uninstall(text: string, before: string | undefined): string;
}

/** @throws TsrunError where a configuration has another program for tsrun */
export function checkProgram(found: string | undefined, { program }: Wish, place: string): void {
  if (found === undefined || found === program) return;
  const what = found === "" ? "without this executable's path" : `and means ${found}, not ${program}`;
  throw new TsrunError(`${place} is there already, ${what}`, {
    hint: "take it out first: tsrun engine uninstall",
  });
}
