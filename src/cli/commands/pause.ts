import { pause } from "../../container/pause.ts";
import type { Flags, Invocation } from "../flags.ts";

export const command = "pause <container-id>";
export const describe = "stop all processes of a container until resume";
export const builder = {} as const satisfies Flags;

export function handler({ positionals: [id = ""], runtime }: Invocation<typeof builder>): number {
  pause(runtime, id);
  return 0;
}
