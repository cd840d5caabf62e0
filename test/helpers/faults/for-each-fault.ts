// Calls of a runtime that fails or dies on demand (src/sys/faults.ts).
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Sandbox } from "../sandbox.ts";
import { errnoNumber, errnosFor } from "./errnos.ts";

const executable = resolve("build/tsrun-faults");

/** More than any command has: a count that does not end is a fault of its own. */
const MAX = 2000;

/** How a command is called so that its n-th fault strikes. */
export interface FaultOptions {
  readonly executable: string;
  readonly env: NodeJS.ProcessEnv;
}

/** @param what tells this fault from others, for messages */
type Act = (options: FaultOptions, what: string, n: number) => void;

/**
 * Calls a command with its n-th fault, for each n there is: with records that no kernel knows (ENOSYS), or with a death.
 * @param act makes the call with these options, and cleans up
 * @returns how many there were
 */
export function forEachFault(box: Sandbox, kind: "TSRUN_FAIL_RECORD" | "TSRUN_DIE_AT", act: Act): number {
  return count((n) => strikes(box, `${n}`, { [kind]: String(n) }, (options) => act(options, `${n}`, n)));
}

/** The same with records that fail with the errnos of errnos.ts. */
export function forEachFailure(box: Sandbox, act: Act): number {
  return count((n) =>
    errnosFor(n).every((errno) => {
      const env = { TSRUN_FAIL_RECORD: String(n), TSRUN_FAIL_ERRNO: String(errnoNumber(errno)) };
      return strikes(box, `${n}-${errno}`, env, (options) => act(options, `${n} with ${errno}`, n));
    }),
  );
}

function count(strike: (n: number) => boolean): number {
  for (let n = 1; n <= MAX; n++) if (!strike(n)) return n - 1;
  throw new Error(`more than ${MAX} faults`);
}

/** @returns whether there was such a fault */
function strikes(
  box: Sandbox,
  name: string,
  env: NodeJS.ProcessEnv,
  act: (options: FaultOptions) => void,
): boolean {
  const mark = join(box.directory, `struck-${name}`);
  act({ executable, env: { ...env, TSRUN_FAULT_MARK: mark } });
  return existsSync(mark);
}
