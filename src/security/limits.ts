import { rlimitTypes } from "../oci/checks/process.ts";
import type { Rlimit } from "../oci/types.ts";
import type { Executor } from "../sys/executor.ts";
import { local } from "../sys/local.ts";
import { limitCall } from "../sys/rlimit.ts";

/**
 * Sets the resource limits of config.json; queued. Kinds that it doesn't name keep what tsrun was started with. Comes
 * while the process still has its privileges: to raise a hard limit needs CAP_SYS_RESOURCE on the host.
 * @param pid its pid in the runtime's namespace where it is in another user namespace, in which no process has that:
 *   what it may not raise itself is then raised by the runtime, as with runc
 */
export function applyLimits(k: Executor, limits: readonly Rlimit[] = [], pid?: number): void {
  for (const [index, { type, soft, hard }] of limits.entries()) {
    const resource = { name: type, number: (rlimitTypes as readonly string[]).indexOf(type) };
    const limit = { soft: BigInt(soft), hard: BigInt(hard) };
    k.within(`setting the resource limit ${type}`, `/process/rlimits/${index}`, () => {
      if (pid === undefined) k.queue(limitCall(k, 0, resource, limit));
      else if (k.attempt(limitCall(k, 0, resource, limit)) < 0)
        local.call(limitCall(local, pid, resource, limit));
    });
  }
}
