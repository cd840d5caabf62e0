import { resume } from "../../container/resume.ts";
import type { Flags, Invocation } from "../flags.ts";

export const command = "resume <container-id>";
export const describe = "let the processes of a paused container go on";
export const builder = {} as const satisfies Flags;

export function handler({ positionals: [id = ""], runtime }: Invocation<typeof builder>): number {
  resume(runtime, id);
  return 0;
}
