import type { Seccomp, SeccompAction } from "../oci/types.ts";

/** Actions that let a call through with nobody else's doing. */
const lets: ReadonlySet<SeccompAction> = new Set(["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"]);

/**
 * Whether a process under this profile can write(2) whatever it wants to: neither a rule nor the default action may keep it
 * from it. A rule with conditions may, whichever they are.
 */
export function permitsWrite({ defaultAction, syscalls = [] }: Seccomp): boolean {
  const rules = syscalls.filter(({ names }) => names.includes("write"));
  const isOpen = lets.has(defaultAction) || rules.some(({ args = [] }) => args.length === 0);
  return isOpen && rules.every(({ action }) => lets.has(action));
}
