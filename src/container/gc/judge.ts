import type { Status } from "../../oci/types.ts";
import type { ContainerRecord } from "../record.ts";

/** What is known of a container that this command holds: so no other one makes, starts or changes it. */
export interface HeldContainer {
  readonly record: Pick<ContainerRecord, "ready" | "runtime">;
  readonly status: Status;
  /** Whether the runtime that would delete it has ended; undefined where there is none, or it cannot be seen. */
  readonly runtimeEnded: boolean | undefined;
}

/**
 * Why a container has been left by whoever made it; undefined for one that somebody may still want. That is every one
 * whose program runs, and every one that was made to stay: who called `create` will call `delete`.
 */
export function whyDead({ record, status, runtimeEnded }: HeldContainer): string | undefined {
  if (!record.ready) {
    // "creating": its init waits at a gate that `start` will not open. Any other has begun, whatever the record says.
    if (status === "stopped") return "whoever made it was killed before it was ready";
    return status === "creating" ? "whoever made it was killed; its init waits for nobody" : undefined;
  }
  if (record.runtime === undefined || runtimeEnded !== true) return undefined;
  if (status === "stopped") return "it has ended, and its run was killed before that could delete it";
  return status === "created" ? "its run was killed before that could start it" : undefined;
}
