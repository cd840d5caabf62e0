import type { Seccomp, SeccompAction } from "./types.ts";

/**
 * What a system call may get under a profile, whatever its arguments are: the actions of the rules that name it, and the
 * default action unless one of them has no conditions. Not in any order, and possibly more than it ever gets.
 */
export function possibleActions({ defaultAction, syscalls = [] }: Seccomp, name: string): SeccompAction[] {
  const rules = syscalls.filter(({ names }) => names.includes(name));
  const actions = rules.map(({ action }) => action);
  return rules.some(({ args = [] }) => args.length === 0) ? actions : [...actions, defaultAction];
}
