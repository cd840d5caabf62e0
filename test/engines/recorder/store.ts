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

/** The test files of which there are recordings with a runtime. */
export function recordedFiles(runtime: string): string[] {
  return names(join(store, runtime));
}

/** What a test file's machines have recorded with a runtime. */
export function keptRecordings(runtime: string, file: string): Recording[] {
  const folder = join(store, runtime, file);
  const texts = names(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  return texts.flatMap((text) => text.split("\n").filter(Boolean)).map((line) => JSON.parse(line));
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
