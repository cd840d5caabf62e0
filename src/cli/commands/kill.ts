import { kill } from "../../container/kill.ts";
import { parseSignal } from "../../container/parse-signal.ts";
import type { Flags, Invocation } from "../flags.ts";

export const command = "kill <container-id> [signal]";
export const describe = "send a signal (default: SIGTERM) to the container's init";
export const builder = {
  all: { type: "boolean", alias: "a", describe: "send the signal to all processes of the container" },
} as const satisfies Flags;

export function handler({ flags, positionals, runtime }: Invocation<typeof builder>): number {
  const [id = "", signal = ""] = positionals;
  kill(runtime, id, parseSignal(signal || "SIGTERM"), flags.all);
  return 0;
}
