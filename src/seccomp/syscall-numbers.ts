import { lazy } from "../base/lazy.ts";
import { foreignSyscalls, syscallTable } from "./syscall-table.ts";

/** Stands for a call that an architecture does not have. */
export const ABSENT = -1;

/** Numbers of each known system call by `Architecture.column`, ABSENT where there is none. Unpacked at the first use. */
export const syscallNumbers = lazy<ReadonlyMap<string, readonly number[]>>(
  () => new Map(Object.entries(JSON.parse(syscallTable) as Record<string, readonly number[]>)),
);

/** Whether some architecture of Linux that tsrun does not run on has a call of this name. */
export function isForeign(name: string): boolean {
  return foreignSyscalls.split(/\s/).includes(name);
}
