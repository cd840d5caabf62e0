// Many runs in a row and at once. TSRUN_STRESS=full for the sizes that a release needs; CI takes a tenth.
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Result } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

const isFull = process.env["TSRUN_STRESS"] === "full";
const sizes = isFull ? { inARow: 1800, atOnce: 200, exits: 5000 } : { inARow: 160, atOnce: 40, exits: 300 };
const WIDTH = 8;

/** The line of a TAP comment every few hundred runs: the full size takes minutes. */
function report(done: number, of: number): void {
  if (isFull && done % 500 === 0) {
    appendFileSync("/dev/stderr", `# ${done} of ${of} runs\n`);
  }
}

function assertRun(result: Result, output: string): void {
  assert.equal(result.signal, null, "a run hung");
  assert.deepEqual([result.status, result.stdout, result.stderr], [0, output, ""]);
}

it(`${sizes.inARow} containers run one after the other`, (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/echo", "hello"];
  });
  for (let done = 1; done <= sizes.inARow; done++) {
    assertRun(box.call(["run", "--bundle", bundle, box.newId()]), "hello\n");
    report(done, sizes.inARow);
  }
  box.assertEmpty();
});

/** Runs containers until the common count is used up. */
async function work(box: Sandbox, bundle: string, left: { count: number }): Promise<void> {
  while (left.count-- > 0) {
    assertRun(await box.start(["run", "--bundle", bundle, box.newId()]).ended, "hello\n");
  }
}

it(`${sizes.atOnce} containers run, ${WIDTH} at a time`, async (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/echo", "hello"];
  });
  const left = { count: sizes.atOnce };
  await Promise.all(Array.from({ length: WIDTH }, () => work(box, bundle, left)));
  box.assertEmpty();
});

it(`the end of a program that ends at once is never missed in ${sizes.exits} runs`, (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
  });
  for (let done = 1; done <= sizes.exits; done++) {
    assertRun(box.call(["run", "--bundle", bundle, box.newId()]), "");
    report(done, sizes.exits);
  }
  box.assertEmpty();
});
