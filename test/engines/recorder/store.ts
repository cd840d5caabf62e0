// Where the recordings of a test file are kept for the comparison: build/engines/RUNTIME/FILE/MACHINE.jsonl.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Recording } from "./recording.ts";

const store = "build/engines";
let machines = 0;

/** Keeps what was recorded in a machine of this process's test file, and forgets an earlier run's first. */
export function keepRecordings(runtime: string, recordings: readonly Recording[]): void {
  const folder = join(store, runtime, basename(process.argv[1] ?? "", ".test.mjs"));
  if (machines === 0) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const lines = recordings.map((recording) => `${JSON.stringify(recording)}\n`);
  writeFileSync(join(folder, `machine-${++machines}.jsonl`), lines.join(""));
}

/** Set by the test runner: the names of those test files whose recordings are compared. */
export const COMPARED = "TSRUN_COMPARED_ENGINES";

/** The test files of which there are recordings with a runtime, of those that are compared. */
export function recordedFiles(runtime: string): string[] {
  const wanted = process.env[COMPARED]?.split(" ");
  return names(join(store, runtime)).filter((file) => wanted?.includes(file) ?? true);
}

/** Removes what an earlier run has recorded. */
export function forgetRecordings(file: string): void {
  for (const runtime of names(store)) rmSync(join(store, runtime, file), { recursive: true, force: true });
}

/** What each of a test file's machines has recorded with a runtime. */
export function keptRecordings(runtime: string, file: string): Recording[][] {
  const folder = join(store, runtime, file);
  const texts = names(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  return texts.map((text) =>
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
