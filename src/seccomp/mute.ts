import { possibleActions } from "../oci/seccomp-actions.ts";
import type { Seccomp, SeccompAction } from "../oci/types.ts";

/** Actions that let a call through with nobody else's doing. */
const lets: ReadonlySet<SeccompAction> = new Set(["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"]);

/** Whether a process under this profile can write(2) whatever it wants to. */
export function permitsWrite(profile: Seccomp): boolean {
  return possibleActions(profile, "write").every((action) => lets.has(action));
}
