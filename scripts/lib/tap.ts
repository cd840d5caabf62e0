// What the test runner reads of node's TAP: its own counts at the end, and the reason of each skip.

export interface TapCounts {
  readonly passed: number;
  readonly failed: number;
  /** Reasons of skipped tests, one for each. */
  readonly skips: readonly string[];
}

/** Collects counts from the lines of one TAP stream. */
export class TapReader {
  readonly #counts = new Map<string, number>();
  readonly #skips: string[] = [];

  line(text: string): void {
    const count = /^# (pass|fail|cancelled) (\d+)$/.exec(text);
    if (count?.[1] !== undefined) {
      this.#counts.set(count[1], Number(count[2]));
    }
    const skip = /^\s*ok \d+ .*# SKIP(?: (.*))?$/.exec(text);
    if (skip !== null) {
      this.#skips.push(skip[1] ?? "");
    }
  }

  get counts(): TapCounts {
    const count = (name: string) => this.#counts.get(name) ?? 0;
    return { passed: count("pass"), failed: count("fail") + count("cancelled"), skips: this.#skips };
  }
}

/** The counts of several runs. */
export function sumCounts(all: readonly TapCounts[]): TapCounts {
  return {
    passed: all.reduce((total, each) => total + each.passed, 0),
    failed: all.reduce((total, each) => total + each.failed, 0),
    skips: all.flatMap(({ skips }) => skips),
  };
}
