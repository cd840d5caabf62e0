// How a row is measured: round by round through the runtimes, A B C A B C …
import type { Arena } from "./arena.ts";
import { type Contender, ours } from "./contenders.ts";
import type { Row, Unit } from "./results.ts";
import { pairedRatio, summarize } from "./statistics.ts";

/** How much is measured. */
export interface Effort {
  /** Timed calls of each runtime in a row, and calls before them that don't count. */
  readonly rounds: number;
  readonly warmUp: number;
  /** Rounds of the slow rows: batches of containers, memory. */
  readonly slowRounds: number;
  /** Containers in a batch. */
  readonly batch: number;
  /** How many containers are there already when another one is made, ascending. */
  readonly crowds: readonly number[];
}

/** One measurement of one runtime. */
export type Measure = (contender: Contender) => number | Promise<number>;

/** What a row is made from. */
interface Measurement {
  readonly title: string;
  readonly unit: Unit;
  readonly rounds: number;
  readonly warmUp: number;
  readonly measure: Measure;
}

/** What all rows share. */
export interface Setting {
  readonly arena: Arena;
  readonly contenders: readonly Contender[];
  readonly effort: Effort;
}

export async function measureRow({ contenders }: Setting, row: Measurement): Promise<Row> {
  const series = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = -row.warmUp; round < row.rounds; round++) {
    for (const contender of contenders) {
      const value = await row.measure(contender);
      if (round >= 0) {
        series.get(contender.name)?.push(value);
      }
    }
  }
  const own = series.get(ours) ?? [];
  const peers = [...series].filter(([name]) => name !== ours);
  return {
    title: row.title,
    unit: row.unit,
    values: Object.fromEntries([...series].map(([name, values]) => [name, summarize(values)])),
    ratios: Object.fromEntries(peers.map(([name, values]) => [name, pairedRatio(own, values)])),
  };
}

/** A row of times in many rounds. */
export function timed(setting: Setting, title: string, measure: Measure): Promise<Row> {
  const { rounds, warmUp } = setting.effort;
  return measureRow(setting, { title, unit: "ms", rounds, warmUp, measure });
}
