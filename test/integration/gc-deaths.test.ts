import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Collected } from "../../src/container/gc/gc.ts";
import { type FaultOptions, forEachFault } from "../helpers/faults/for-each-fault.ts";
import { gc, recordOf } from "../helpers/gc.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

/** Of the places where a command can be killed every so many-th is tried, unless there is a night for all of them. */
const STEP = process.env["TSRUN_STRESS"] === "full" ? 1 : 6;

/** Calls a command that is killed at its n-th call. @returns how many calls there are, or a few more */
function forSomeDeaths(box: Sandbox, act: (options: FaultOptions) => void): number {
  return forEachFault(box, "TSRUN_DIE_AT", (options, _, n) => {
    if (n % STEP === 0) act(options);
    else writeFileSync(options.env["TSRUN_FAULT_MARK"] ?? "", "");
  });
}

it("gc removes what a killed create left, at each of its calls, and nothing of one that was done", (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    config.linux.resources = { memory: { limit: 67_108_864 }, pids: { limit: 50 } };
  });
  let [garbage, done] = [0, 0];
  const count = forSomeDeaths(box, (options) => {
    const id = box.newId();
    const pidFile = join(box.directory, id);
    box.call(["create", "--bundle", bundle, "--pid-file", pidFile, id], options);
    const isDone = existsSync(join(box.root, id, "state.json")) && recordOf(box, id).ready;
    const found = gc(box);
    if (isDone) {
      done++;
      assert.ok(!found.some(({ kind }) => kind === "container"), JSON.stringify(found));
      box.succeed(["start", id]);
      box.succeed(["delete", "--force", id]);
    } else garbage += Number(found.length > 0);
    assert.equal(existsSync(`${pidFile}.new`), false, "a draft of the pid file is left");
    box.assertEmpty();
  });
  assert.ok(count > 20 && garbage > 5 && done > 0, `${count} calls: ${garbage} garbage, ${done} done`);
});

for (const command of ["start", "delete --force", "run"]) {
  it(`gc and delete leave nothing of what a killed ${command} left, at each of its calls`, (box) => {
    const bundle = box.bundle((config) => {
      config.process.args = ["/bin/true"];
    });
    const count = forSomeDeaths(box, (options) => {
      const id = box.newId();
      if (command === "run") box.call(["run", "--bundle", bundle, id], options);
      else {
        box.succeed(["create", "--bundle", bundle, id]);
        box.call([...command.split(" "), id], options);
      }
      const find = (): Collected[] => gc(box).filter(({ kind }) => kind !== "seccomp filter");
      if (command === "run") {
        // Its program may run for a moment without it.
        until("gc to remove it all", () => {
          find();
          return box.containers().length === 0;
        });
      } else {
        assert.ok(
          find().every(({ kind }) => kind === "file") || !existsSync(join(box.root, id, "state.json")),
        );
        box.succeed(["delete", "--force", id]);
      }
      box.assertEmpty();
    });
    assert.ok(count > 0);
  });
}
