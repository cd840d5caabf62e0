import { loadCommand } from "../commands.ts";
import type { Flags, Invocation } from "../flags.ts";
import { helpText } from "../help.ts";
import { print } from "../output.ts";

export const command = "help [command]";
export const describe = "show the help of a command, or this list";
export const builder = {} as const satisfies Flags;

export function handler({ positionals: [topic] }: Invocation<typeof builder>): number {
  if (topic !== undefined) {
    loadCommand(topic);
  }
  print(helpText(topic));
  return 0;
}
