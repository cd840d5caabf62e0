import { create } from "../../container/create.ts";
import type { Invocation } from "../flags.ts";
import { createFlags, createRequest } from "./create-flags.ts";

export const command = "create <container-id>";
export const describe = "create a container from a bundle; its process waits for start";
export const builder = createFlags;

export function handler({ flags, positionals: [id = ""], runtime }: Invocation<typeof builder>): number {
  create(runtime, createRequest(id, flags));
  return 0;
}
