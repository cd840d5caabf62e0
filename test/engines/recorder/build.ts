import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync } from "node:fs";
import { resolve } from "node:path";

const source = "test/engines/recorder/recorder.c";

/** Builds the static program that stands in a runtime's place, and returns its path. */
export function buildRecorder(): string {
  const tool = resolve("build/recorder");
  const draft = `${tool}.${process.pid}`;
  mkdirSync("build", { recursive: true });
  execFileSync("gcc", ["-O1", "-Wall", "-Wextra", "-Werror", "-static", "-o", draft, source]);
  renameSync(draft, tool);
  return tool;
}
