/** Whether the nightly sizes are wanted. */
export const isFull = process.env["TSRUN_STRESS"] === "full";

const wanted = process.env["TSRUN_FUZZ_SEED"] ?? "20261121";

/** Of all generators; TSRUN_FUZZ_SEED=number, or "random". */
export const fuzzSeed = wanted === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(wanted);
