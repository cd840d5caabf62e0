// Many execs of what ends at once, in a row and 8 at a time (pains.md 24). TSRUN_STRESS=full for the sizes of a release.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Result } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

const sizes =
  process.env["TSRUN_STRESS"] === "full" ? { inARow: 4500, atOnce: 500 } : { inARow: 200, atOnce: 100 };
const WIDTH = 8;

function assertRan(result: Result, expected: string): void {
  assert.equal(result.signal, null, "an exec hung");
  assert.deepEqual([result.status, result.stdout, result.stderr], [0, expected, ""]);
}

/** What a container's init holds: its descriptors, and its memory in pages (proc_pid_statm(5)). */
function holdings(pid: number): { descriptors: string[]; memory: string } {
  return { descriptors: readdirSync(`/proc/${pid}/fd`), memory: readFileSync(`/proc/${pid}/statm`, "utf8") };
}

/** Runs `action` on a container, which must have nothing more in it afterwards than before. */
async function inContainer(box: Sandbox, action: (id: string) => void | Promise<void>): Promise<void> {
  const id = box.running();
  const { pid } = box.state(id);
  assertRan(box.call(["exec", id, "/bin/echo", "first"]), "first\n");
  const before = holdings(pid);
  await action(id);
  assert.deepEqual(holdings(pid), before);
  assert.deepEqual(JSON.parse(box.succeed(["ps", "--format", "json", id]).stdout), [pid]);
}

it(`${sizes.inARow} programs that end at once are executed one after the other`, (box) =>
  inContainer(box, (id) => {
    for (let done = 0; done < sizes.inARow; done++) assertRan(box.call(["exec", id, "/bin/true"]), "");
  }));

it(`${sizes.atOnce} programs are executed, ${WIDTH} at a time`, (box) =>
  inContainer(box, async (id) => {
    const left = { count: sizes.atOnce };
    const work = async (): Promise<void> => {
      while (left.count-- > 0)
        assertRan(await box.start(["exec", id, "/bin/echo", "hello"]).ended, "hello\n");
    };
    await Promise.all(Array.from({ length: WIDTH }, work));
  }));

it(`${sizes.atOnce} detached programs are executed, ${WIDTH} at a time, and all end`, (box) =>
  inContainer(box, async (id) => {
    const left = { count: sizes.atOnce };
    const work = async (): Promise<void> => {
      while (left.count-- > 0) assertRan(await box.start(["exec", "-d", id, "/bin/true"]).ended, "");
    };
    await Promise.all(Array.from({ length: WIDTH }, work));
  }));
