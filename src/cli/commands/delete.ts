import { remove } from "../../container/delete.ts";
import type { Flags, Invocation } from "../flags.ts";

export const command = "delete <container-id>";
export const describe = "delete a container and all that it holds";
export const builder = {
  force: { type: "boolean", alias: "f", describe: "kill the container if it is still running" },
} as const satisfies Flags;

export function handler({ flags, positionals: [id = ""], runtime }: Invocation<typeof builder>): number {
  remove(runtime, id, flags.force);
  return 0;
}
