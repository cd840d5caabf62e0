import { start } from "../../container/start.ts";
import type { Flags, Invocation } from "../flags.ts";

export const command = "start <container-id>";
export const describe = "start the process of a created container";
export const builder = {} as const satisfies Flags;

export function handler({ positionals: [id = ""], runtime }: Invocation<typeof builder>): number {
  start(runtime, id);
  return 0;
}
