import { readFileSync, writeSync } from "node:fs";
import fc from "fast-check";
import { configTexts } from "./documents.ts";
import type { JsonObject } from "./json.ts";
import { judge } from "./judge.ts";

/** What a worker is to do; its argument as JSON. */
export interface Job {
  /** A bundle whose config.json, valid, is where documents start from. */
  readonly bundle: string;
  readonly seed: number;
  readonly count: number;
}

/** Descriptor on which a worker says that it begins a case and ends it, a byte each. */
export const PROGRESS = 3;
const MOST_SHOWN = 2000;
export const BEGIN = "(";
const END = ")";

/** Judges generated configurations in a process that may crash or hang: the one that started it watches. */
export function work({ bundle, seed, count }: Job): void {
  const base = JSON.parse(readFileSync(`${bundle}/config.json`, "utf8")) as JsonObject;
  const property = fc.property(configTexts(base), (text) => {
    writeSync(PROGRESS, BEGIN);
    const fault = judge(bundle, text);
    writeSync(PROGRESS, END);
    if (fault !== undefined) throw new Error(fault);
  });
  const result = fc.check(property, { seed, numRuns: count, endOnFailure: false });
  if (!result.failed) return;
  const [text = ""] = result.counterexample ?? [];
  console.log(`${String(result.errorInstance).slice(0, MOST_SHOWN)}\n${text.slice(0, MOST_SHOWN)}`);
  process.exitCode = 1;
}
