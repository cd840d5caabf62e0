import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { watchOom } from "../../../../src/cgroups/v2/oom.ts";
import { POLLPRI } from "../../../../src/sys/poll.ts";

/** A directory with memory.events as a cgroup has it, and what sets its counters. */
function cgroup(t: TestContext): { directory: string; count(max: number, kills: number): void } {
  const above = mkdtempSync(join(tmpdir(), "tsrun-oom-"));
  t.after(() => rmSync(above, { recursive: true }));
  const directory = join(above, "c");
  mkdirSync(directory);
  const count = (max: number, kills: number) => {
    const text = `low 0\nhigh 0\nmax ${max}\noom ${kills}\noom_kill ${kills}\noom_group_kill 0\n`;
    writeFileSync(join(directory, "memory.events"), text);
  };
  return { directory, count };
}

test("watchOom() tells of kills that were not there before, each once", (t) => {
  const { directory, count } = cgroup(t);
  count(36, 1);
  using watch = watchOom(directory);
  assert.equal(watch.interest.events, POLLPRI);
  assert.equal(watch.happened(), false);
  count(40, 2);
  assert.deepEqual([watch.happened(), watch.happened()], [true, false]);
  count(50, 2);
  assert.equal(watch.happened(), false, "the limit was met, but nobody killed");
});

test("watchOom() fails without the controller, in runc's words", (t) => {
  const message = "memory controller missing";
  const hint = /events --stats/;
  assert.throws(() => watchOom(undefined), { message, hint });
  assert.throws(() => watchOom(cgroup(t).directory), { message });
});
