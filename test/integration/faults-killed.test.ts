// Commands that are killed at each of their calls (src/sys/faults.ts), beside those of faults.test.ts and faults-exec.test.ts.
import assert from "node:assert/strict";
import { type CommandName, commands } from "../helpers/faults/commands.ts";
import { forEachFault } from "../helpers/faults/for-each-fault.ts";
import { assertGoes, assertTold } from "../helpers/faults/verdict.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

const names = [
  "run",
  "run --detach",
  "kill --all",
  "pause",
  "resume",
  "update",
  "delete",
] as const satisfies readonly CommandName[];

for (const name of names) {
  it(`delete --force removes what a SIGKILL of ${name} leaves at each of its calls`, (box) => {
    const count = forEachFault(box, "TSRUN_DIE_AT", (options, n) => {
      const { id, args } = commands[name].prepare(box);
      box.call(args, options);
      assertTold(box, id, `${name}: call ${n}`);
      assertGoes(box, id, `${name}: call ${n}`);
    });
    assert.ok(count > 3, `only ${count} calls`);
  });
}
