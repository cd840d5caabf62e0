import type { Summary } from "./statistics.ts";

/** What is measured in milliseconds, containers a second, or bytes. */
export type Unit = "ms" | "1/s" | "B";

/** One line of the benchmark. */
export interface Row {
  readonly title: string;
  readonly unit: Unit;
  /** How many containers of each runtime's were there meanwhile, where the row is about that. */
  readonly beside?: number;
  /** By the runtime's name; one that was left out has none. */
  readonly values: Readonly<Record<string, Summary>>;
  /** tsrun's value divided by the peer's, by the peer's name: the median of the rounds' ratios. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** The machine that the figures belong to. */
export interface Machine {
  readonly kernel: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memory: string;
}

/** bench/results.json. */
export interface Results {
  /** RFC 3339, in UTC. */
  readonly date: string;
  readonly machine: Machine;
  /** Runtimes in the order in which they took turns: the version, or why it was left out. */
  readonly runtimes: readonly {
    readonly name: string;
    readonly version: string;
    readonly skipped?: string;
  }[];
  /** Timed calls of each runtime in each row of times, after the warm-up. */
  readonly rounds: number;
  /** Measurements of each runtime in the rows of rates and memory; the smallest limit is searched for once. */
  readonly slowRounds: number;
  /** Milliseconds that starting an empty program takes here: part of every time. */
  readonly empty: Summary;
  readonly rows: readonly Row[];
}

/** Whether a bigger figure is the better one. */
export function biggerIsBetter(unit: Unit): boolean {
  return unit === "1/s";
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

/** A figure with its unit, in three digits or so. */
export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case "ms":
      return `${digits(value)} ms`;
    case "1/s":
      return `${digits(value)} /s`;
    case "B":
      return value < 1 << 20 ? `${Math.round(value / 1024)} KiB` : `${digits(value / (1 << 20))} MiB`;
  }
}
