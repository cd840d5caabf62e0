import assert from "node:assert/strict";
import { it } from "../it.ts";
import type { CommandName } from "./commands.ts";
import { failEachCall } from "./matrix.ts";

/** Of 100 calls so many may have got away: strace counts calls, and the engine's are among them. */
const MISSED_PERCENT = 10;

/** `list` of nothing opens the directory of containers, reads and closes it. */
const FEWEST = 3;

/** Makes the tests of the matrix for some commands. */
export function failingCalls(names: readonly CommandName[]): void {
  for (const name of names) {
    it(`${name} bears the failure of each of its system calls`, (box) => {
      const { faults, missed, failures } = failEachCall(box, name);
      assert.equal(failures.length, 0, `${failures.length} of ${faults}:\n${failures.join("\n")}`);
      assert.ok(faults >= FEWEST, `only ${faults} faults`);
      assert.ok(missed.length * 100 <= faults * MISSED_PERCENT, `missed: ${missed.join("; ")}`);
    });
  }
}
