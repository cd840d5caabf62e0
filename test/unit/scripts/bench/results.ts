import type { Results, Row } from "../../../../scripts/bench/results.ts";

const flat = (value: number) => ({ min: value, median: value, p90: value });

/** A row with one figure for each of tsrun, runc and crun. */
export function makeRow(unit: Row["unit"], tsrun: number, runc: number, crun: number): Row {
  return {
    title: "`run` of /bin/true",
    unit,
    values: { tsrun: flat(tsrun), runc: flat(runc), crun: flat(crun) },
    ratios: { runc: tsrun / runc, crun: tsrun / crun },
  };
}

/** A benchmark's results with these rows. */
export function makeResults(...rows: readonly Row[]): Results {
  return {
    date: "2026-11-21T04:00:00.000Z",
    machine: { kernel: "6.1.0", cpu: "Test CPU", cpus: 2, memory: "4 GiB" },
    runtimes: [
      { name: "tsrun", version: "0.1.0" },
      { name: "runc", version: "1.1.5" },
      { name: "crun", version: "1.8.1" },
    ],
    rounds: 9,
    slowRounds: 2,
    empty: flat(1.25),
    rows,
  };
}
