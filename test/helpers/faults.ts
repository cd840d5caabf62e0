// Calls of a runtime that fails or dies on demand (src/sys/faults.ts).
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Sandbox } from "./sandbox.ts";

const executable = resolve("build/tsrun-faults");

/** More than any command has: a count that does not end is a fault of its own. */
const MAX = 2000;

/**
 * Calls a command with its n-th fault, for each n there is.
 * @param act makes the call with these options, and cleans up
 * @returns how many there were
 */
export function forEachFault(
  box: Sandbox,
  kind: "TSRUN_FAIL_RECORD" | "TSRUN_DIE_AT",
  act: (options: { executable: string; env: NodeJS.ProcessEnv }, n: number) => void,
): number {
  for (let n = 1; n <= MAX; n++) {
    const struck = join(box.directory, `struck-${n}`);
    act({ executable, env: { [kind]: String(n), TSRUN_FAULT_MARK: struck } }, n);
    if (!existsSync(struck)) return n - 1;
  }
  throw new Error(`more than ${MAX} faults`);
}
