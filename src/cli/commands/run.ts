import { run } from "../../container/run.ts";
import type { Flags, Invocation } from "../flags.ts";
import { createFlags, createRequest } from "./create-flags.ts";

export const command = "run <container-id>";
export const describe = "create and start a container, wait for its end and delete it";
export const builder = {
  ...createFlags,
  detach: { type: "boolean", alias: "d", describe: "leave the container running and return" },
  keep: { type: "boolean", describe: "do not delete the container after its end" },
  "no-subreaper": { type: "boolean", describe: "leave processes that lost their parent to the caller" },
} as const satisfies Flags;

/** Returns the exit status of the container's process, or 0 once it is detached. */
export function handler({ flags, positionals: [id = ""], runtime }: Invocation<typeof builder>): number {
  const { detach, keep, "no-subreaper": noSubreaper } = flags;
  return run(runtime, { ...createRequest(id, flags), detach, keep, noSubreaper });
}
