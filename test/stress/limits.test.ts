// Containers with limits that are updated, paused, killed and deleted, many at once. TSRUN_STRESS=full for the size that a
// release needs, TSRUN_STRESS_CONTAINERS for another one.
import assert from "node:assert/strict";
import { writeSync } from "node:fs";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine, type Result } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

const isFull = process.env["TSRUN_STRESS"] === "full";
const count = Number(process.env["TSRUN_STRESS_CONTAINERS"] ?? (isFull ? 500 : 40));
const STREAMS = 8;
const MiB = 2 ** 20;

/** What becomes of the containers, in turn; each list is what is called once one has been made. */
const lives: readonly (readonly (readonly string[])[])[] = [
  [["start"], ["update", "--memory", "48M"], ["pause"], ["resume"], ["kill", "KILL"], ["delete", "--force"]],
  [["start"], ["pause"], ["update", "--pids-limit", "30", "--memory", "40M"], ["delete", "--force"]],
  [
    ["pause"],
    ["update", "--cpu-quota", "40000"],
    ["resume"],
    ["start"],
    ["kill", "--all", "KILL"],
    ["delete", "--force"],
  ],
  [["start"], ["pause"], ["kill", "KILL"], ["delete", "--force"]],
  [["update", "--cpu-share", "300", "--memory-reservation", "8M"], ["delete"]],
  [["start"], ["update", "--memory", "4096"], ["update", "--memory", "64M"], ["delete", "--force"]],
];

/** On v1 the kernel refuses it as more is in use; on v2 it kills the container's process, which then does not run. */
const mayFail = (call: readonly string[], life: number): boolean => life === 5 && call[0] === "update";

function report(done: number): void {
  if (isFull && done % 100 === 0) writeSync(2, `# ${done} of ${count} containers\n`);
}

function assertDone({ status, signal, stderr }: Result, what: string): void {
  assert.equal(signal, null, `${what} hung`);
  assert.equal(status, 0, `${what}: ${stderr}`);
}

/** `kill ID SIGNAL`, but all others with the id at the end. */
function withId(call: readonly string[], id: string): string[] {
  return call[0] === "kill" ? [...call.slice(0, -1), id, ...call.slice(-1)] : [...call, id];
}

async function live(box: Sandbox, bundle: string, number: number): Promise<void> {
  const id = box.newId();
  assertDone(await box.start(["create", "--bundle", bundle, id]).ended, "create");
  const life = number % lives.length;
  for (const call of lives[life] ?? []) {
    const result = await box.start(withId(call, id)).ended;
    if (!mayFail(call, life)) assertDone(result, `${call.join(" ")} in life ${life}`);
    else assert.equal(result.signal, null, `${lastLine(result)} hung`);
  }
  report(number + 1);
}

it(`${count} containers with limits live in ${STREAMS} streams and leave nothing`, async (box) => {
  // One bundle for all: the links of 500 take half the memory of a VM. The default cgroup has the container's id in its name.
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
    config.linux.resources = {
      ...config.linux.resources,
      memory: { limit: 32 * MiB, reservation: 16 * MiB },
      cpu: { shares: 200, quota: 50_000, period: 100_000 },
      pids: { limit: 20 },
    };
  });
  let next = 0;
  const stream = async (): Promise<void> => {
    while (next < count) await live(box, bundle, next++);
  };
  await Promise.all(Array.from({ length: STREAMS }, stream));
  box.assertEmpty();
});
