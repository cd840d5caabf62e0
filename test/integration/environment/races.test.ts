// Two commands on one container at the same time.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { until } from "../../helpers/wait.ts";

leaveNothing();

it("delete waits for an update that is about to save", async (box) => {
  const id = box.running();
  const slow = "inject=renameat2:delay_enter=500000";
  const through = ["strace", "-f", "-o", "/dev/null", "-e", "trace=renameat2", "-e", slow];
  const update = box.start(["update", "--pids-limit", "100", id], { through });
  until("the update to be written", () => existsSync(join(box.root, id, "config.json.new")));
  box.succeed(["delete", "--force", id]);
  const { status, stderr } = await update.ended;
  assert.equal(status, 0, stderr);
  assert.deepEqual(box.containers(), []);
});
