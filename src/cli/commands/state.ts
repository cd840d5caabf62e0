import { state } from "../../container/state.ts";
import type { Flags, Invocation } from "../flags.ts";
import { goJson } from "../go-json.ts";
import { print } from "../output.ts";
import { orderedState } from "../state-json.ts";

export const command = "state <container-id>";
export const describe = "print the state of a container as JSON";
export const builder = {} as const satisfies Flags;

/** Prints no newline after the document, like runc. */
export function handler({ positionals: [id = ""], runtime }: Invocation<typeof builder>): number {
  print(goJson(orderedState(state(runtime, id)), "  "));
  return 0;
}
