import { lazy } from "../base/lazy.ts";
import { foreignSyscalls, syscallRows } from "./syscall-table.ts";

const COLUMNS = 5;
/** Stands for a call that an architecture does not have. */
export const ABSENT = -1;

/** Numbers of each known system call by `Architecture.column`, ABSENT where there is none. Unpacked at the first use. */
export const syscallNumbers = lazy<ReadonlyMap<string, readonly number[]>>(() => {
  const table = new Map<string, readonly number[]>();
  for (const row of syscallRows.split(/[ \n]/)) {
    const fields = row.split(",");
    const numbers: number[] = [];
    for (let column = 1; column <= COLUMNS; column++) {
      const field = fields[column] ?? "";
      numbers.push(field === "" ? ABSENT : Number(field));
    }
    table.set(fields[0] ?? "", numbers);
  }
  return table;
});

/** Whether some architecture of Linux that tsrun does not run on has a call of this name. */
export function isForeign(name: string): boolean {
  return foreignSyscalls.split(/[ \n]/).includes(name);
}
