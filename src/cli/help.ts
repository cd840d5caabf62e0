import { lazy } from "../base/lazy.ts";

const yargs = lazy(() => require("./yargs.ts") as typeof import("./yargs.ts"));

/** The help of a command, or of tsrun itself for undefined. */
export function helpText(topic: string | undefined): string {
  return yargs().renderHelp(topic);
}

/** The words that may end a command line, one a line: what a shell's completion function asks for. */
export function completionText(words: readonly string[]): string {
  return yargs()
    .completeLine(words)
    .map((word) => `${word}\n`)
    .join("");
}
