import { spawnSync } from "node:child_process";
import { findProgram } from "./text.ts";

const LIMIT_MS = 5000;

/** Programs beside the runtime. */
export interface ToolFacts {
  /** What criu says of its version; undefined where there is none. */
  readonly criu: string | undefined;
  readonly ps: boolean;
}

export function readTools(): ToolFacts {
  return { criu: versionOf("criu"), ps: findProgram("ps") !== undefined };
}

function versionOf(program: string): string | undefined {
  const path = findProgram(program);
  if (path === undefined) return undefined;
  const { stdout } = spawnSync(path, ["--version"], {
    encoding: "utf8",
    timeout: LIMIT_MS,
    killSignal: "SIGKILL",
  });
  return /\d[\w.-]*/.exec(stdout ?? "")?.[0] ?? "unknown";
}
