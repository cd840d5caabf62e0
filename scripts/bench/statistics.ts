/** What is reported of a series of measurements. */
export interface Summary {
  readonly min: number;
  readonly median: number;
  /** Nine of ten measurements are not above it. */
  readonly p90: number;
}

function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** The value below which `share` of the others lie, by the nearest rank. @throws Error for an empty series */
function quantile(values: readonly number[], share: number): number {
  const value = sorted(values)[Math.max(0, Math.ceil(values.length * share) - 1)];
  if (value === undefined) {
    throw new Error("a series of measurements is empty");
  }
  return value;
}

/** The middle value; between the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const upper = sorted(values)[Math.floor(values.length / 2)] ?? Number.NaN;
  return values.length % 2 === 1 ? upper : (quantile(values, 0.5) + upper) / 2;
}

export function summarize(values: readonly number[]): Summary {
  return { min: Math.min(...values), median: median(values), p90: quantile(values, 0.9) };
}

/**
 * How much of `theirs` ours is: the median over the rounds of one round's ratio. What disturbs the machine for a while
 * disturbs both of a pair, so this is steadier than the ratio of the medians.
 */
export function pairedRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}
