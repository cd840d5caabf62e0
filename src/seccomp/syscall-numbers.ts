import { lazy } from "../base/lazy.ts";
import type { Architecture } from "./architectures.ts";
import { syscallTable } from "./syscall-table.ts";

/** Stands for a call that an architecture does not have. */
export const ABSENT = -1;

/** The tables of the architectures that tsrun does not run on: rarely asked for. */
const foreign = lazy(
  () => require("./foreign-syscall-table.ts") as typeof import("./foreign-syscall-table.ts"),
);
/** Calls that x86 or ARM has, by their names. */
export const commonTable = lazy(
  () => JSON.parse(syscallTable) as Readonly<Record<string, readonly number[]>>,
);

const DIGITS = 2;
const RADIX = 36;

/** The numbers of a call on x86-64, x86, x32 (without bit 30), arm64 and arm, ABSENT where there is none. */
export function commonNumbers(name: string): readonly number[] | undefined {
  return rowOf(commonTable(), name);
}

/** The same out of the table: what every object has, such as "constructor", is no row. */
export function rowOf(table: ReturnType<typeof commonTable>, name: string): readonly number[] | undefined {
  const row = table[name];
  return Array.isArray(row) ? row : undefined;
}

/** Each name's place in the foreign tables. */
const foreignPlaces = lazy<ReadonlyMap<string, number>>(() => {
  const names = [...Object.keys(commonTable()), ...foreign().foreignNames.trim().split(/\s+/)];
  return new Map(names.map((name, place) => [name, place]));
});

/** Whether some architecture of Linux has a call of this name. */
export function isSyscall(name: string): boolean {
  return commonNumbers(name) !== undefined || foreignPlaces().has(name);
}

/** A call's number as a filter sees it, ABSENT where the architecture has none. */
export function syscallNumber(name: string, architecture: Architecture): number {
  const number = tableNumber(name, architecture);
  return number === ABSENT ? ABSENT : architecture.base + number;
}

/** A call's number without the architecture's base, ABSENT where there is none. */
export function tableNumber(name: string, { table }: Architecture): number {
  return typeof table === "number" ? (commonNumbers(name)?.[table] ?? ABSENT) : foreignNumber(name, table);
}

function foreignNumber(name: string, table: Exclude<Architecture["table"], number>): number {
  const place = foreignPlaces().get(name);
  if (place === undefined) return ABSENT;
  const digits = foreign().foreignTables[table].slice(DIGITS * place, DIGITS * (place + 1));
  return digits === ".." ? ABSENT : Number.parseInt(digits, RADIX);
}

/** All calls of an architecture by their numbers. */
export function syscallNames(architecture: Architecture): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const name of foreignPlaces().keys()) {
    const number = syscallNumber(name, architecture);
    if (number !== ABSENT && !names.has(number)) names.set(number, name);
  }
  return names;
}
