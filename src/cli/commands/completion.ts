import { TsrunError } from "../../base/errors.ts";
import { completionScripts } from "../completion-script.ts";
import type { Flags, Invocation } from "../flags.ts";
import { print } from "../output.ts";

export const command = "completion <shell>";
export const describe = "print a completion script for bash or zsh";
export const choices = { shell: Object.keys(completionScripts) };
export const builder = {} as const satisfies Flags;

export function handler({ positionals: [shell = ""] }: Invocation<typeof builder>): number {
  const script = Object.hasOwn(completionScripts, shell) ? completionScripts[shell] : undefined;
  if (script === undefined) {
    throw new TsrunError(`no completion for ${JSON.stringify(shell)}`, { hint: "known shells: bash, zsh" });
  }
  print(script);
  return 0;
}
