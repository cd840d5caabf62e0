import assert from "node:assert/strict";
import { lstatSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";

leaveNothing();

it("a link beside the place of the pid file leads nowhere", (box) => {
  const [canary, pidFile] = [join(box.directory, "canary"), join(box.folder("pids"), "pid")];
  writeFileSync(canary, "the host's\n");
  symlinkSync(canary, `${pidFile}.new`);
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
  });
  box.succeed(["run", "--pid-file", pidFile, "--bundle", bundle, box.newId()]);
  assert.equal(readFileSync(canary, "utf8"), "the host's\n");
  assert.ok(lstatSync(pidFile).isFile());
  assert.match(readFileSync(pidFile, "utf8"), /^\d+$/);
});
