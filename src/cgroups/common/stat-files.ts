import { TsrunError } from "../../base/errors.ts";
import { readText } from "../../sys/host-files.ts";
import { isErrno } from "../../sys/syscall-error.ts";
import { type Pressure, type PressureShare, UNLIMITED } from "../stats.ts";

/** A file's text; undefined where there is no such file, or where the kernel does not keep it. */
export type FileReader = (path: string) => string | undefined;

/**
 * The file of a cgroup that is there. It is missing where the controller is, where the kernel is older, and once the
 * cgroup is gone; PSI that is switched off answers EOPNOTSUPP (psi=0, cgroup.pressure).
 */
export const readIfKept: FileReader = (path) => {
  try {
    return readText(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV", "ENOTDIR", "ENOTSUP", "EOPNOTSUPP")) return undefined;
    throw error;
  }
};

/** CPUs or memory nodes in one range of a list, at most: more than any kernel is built for. */
const MOST_IN_RANGE = 1 << 16;

/** The files of one cgroup's directory, taken apart. What is missing counts zero and has no lines. */
export class StatFiles {
  readonly #directory: string | undefined;
  readonly #read: FileReader;

  /** @param directory undefined where the host has no such controller */
  constructor(directory: string | undefined, read: FileReader) {
    this.#directory = directory;
    this.#read = read;
  }

  text(file: string): string | undefined {
    return this.#directory === undefined ? undefined : this.#read(`${this.#directory}/${file}`);
  }

  /** Lines with something in them. */
  lines(file: string): string[] {
    return (this.text(file) ?? "").split("\n").filter(Boolean);
  }

  /** A file of one number (cgroup-v2.rst, "single value file"); undefined where there is none. */
  maybeCount(file: string): bigint | undefined {
    const text = this.text(file);
    return text === undefined ? undefined : this.number(file, text.trim());
  }

  count(file: string): bigint {
    return this.maybeCount(file) ?? 0n;
  }

  /** A file of lines `name number` ("flat keyed file"). */
  keyed(file: string): Record<string, bigint> {
    const entries = this.lines(file).map((line): [string, bigint] => {
      const [key = "", value, more] = line.split(" ");
      if (value === undefined || more !== undefined) throw this.malformed(file, line);
      return [key, this.number(file, value)];
    });
    return Object.fromEntries(entries);
  }

  /** Numbers with spaces between them. */
  numbers(file: string): bigint[] {
    const fields = (this.text(file) ?? "").split(/\s+/).filter(Boolean);
    return fields.map((field) => this.number(file, field));
  }

  /** CPUs or memory nodes as the kernel lists them (cpuset(7), "List format"). */
  list(file: string): number[] {
    const ranges = (this.text(file) ?? "").trim().split(",").filter(Boolean);
    return ranges.flatMap((range) => {
      const [, first = "", last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
      const length = Number(last) - Number(first) + 1;
      if (first === "" || !(length <= MOST_IN_RANGE)) throw this.malformed(file, range);
      return Array.from({ length }, (_, index) => Number(first) + index);
    });
  }

  /** A PSI file (psi.rst): shares without a line are zero, as `full` of a CPU is before Linux 5.13. */
  pressure(file: string): Pressure | undefined {
    const text = this.text(file);
    if (text === undefined) return undefined;
    const lines = text.split("\n").filter(Boolean);
    const shares = new Map(lines.map((line) => [line.split(" ", 1)[0], this.#share(file, line)]));
    return { some: shares.get("some") ?? noShare, full: shares.get("full") ?? noShare };
  }

  #share(file: string, line: string): PressureShare {
    const pattern = /^\w+ avg10=([\d.]+) avg60=([\d.]+) avg300=([\d.]+) total=(\d+)/;
    const [, avg10, avg60, avg300, total] = pattern.exec(line) ?? [];
    if (total === undefined) throw this.malformed(file, line);
    return { avg10: Number(avg10), avg60: Number(avg60), avg300: Number(avg300), total: BigInt(total) };
  }

  /** Some counters of the memory controller have fallen below zero through faults of kernels: those are zero. */
  number(file: string, text: string): bigint {
    if (text === "max") return UNLIMITED;
    if (!/^-?\d+$/.test(text)) throw this.malformed(file, text);
    return text.startsWith("-") ? 0n : BigInt(text);
  }

  malformed(file: string, what: string): TsrunError {
    return new TsrunError(`unexpected ${JSON.stringify(what)} in ${this.#directory}/${file}`);
  }
}

const noShare: PressureShare = { avg10: 0, avg60: 0, avg300: 0, total: 0n };

/** A record with its keys in ascending order, as Go writes a map. */
export function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
