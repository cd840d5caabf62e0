// ps: what it says of a container's processes. More in lifecycle.test.ts and state-machine.test.ts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupOf } from "../helpers/cgroups.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

const list = (box: Sandbox, id: string): number[] | null =>
  JSON.parse(box.succeed(["ps", "--format", "json", id]).stdout) as number[] | null;

it("ps --format json is an array of process ids", (box) => {
  const id = box.running();
  const { stdout } = box.succeed(["ps", "-f", "json", id]);
  assert.equal(stdout.trimEnd(), `[${box.state(id).pid}]`);
});

it("ps prints what ps -ef says of the container's processes", (box) => {
  const id = box.running();
  const [header, ...rows] = box.succeed(["ps", id]).stdout.trimEnd().split("\n");
  assert.match(header ?? "", /^UID +PID +PPID /);
  assert.equal(rows.length, 1);
  assert.match(rows[0] ?? "", new RegExp(`^root +${box.state(id).pid} .*sleep 1000000$`));
});

const options: readonly (readonly [options: readonly string[], header: RegExp])[] = [
  [["-o", "pid,comm"], /^ +PID COMMAND$/],
  [["aux"], /^USER +PID +%CPU /],
  // What would be a flag of the runtime's before the id is one of ps's after it.
  [["-f"], /^UID +PID +PPID /],
  [["-e", "-f"], /^UID +PID +PPID /],
];

for (const [words, header] of options) {
  it(`ps hands ${words.join(" ")} after the id on to ps`, (box) => {
    const id = box.running();
    // ps -f shows the processes of a terminal alone: the container's is none of them.
    const [first = ""] = box.succeed(["ps", id, ...words]).stdout.split("\n");
    assert.match(first, header);
  });
}

it("ps fails with the words of ps", (box) => {
  const line = box.fail(["ps", box.running(), "--no-such-option"]);
  assert.match(line, /exit status 1.*unknown gnu long option/s);
});

it("ps needs the column PID", (box) => {
  assert.match(box.fail(["ps", box.running(), "-o", "comm"]), /couldn't find PID field in ps output/);
});

it("ps refuses a format that it does not know", (box) => {
  assert.match(box.fail(["ps", "--format", "xml", box.running()]), /invalid format option/);
});

it("ps of a created container shows its init", (box) => {
  const { id } = box.create(["/bin/true"]);
  assert.deepEqual(list(box, id), [box.state(id).pid]);
});

it("ps of a paused container shows its processes", (box) => {
  const id = box.running();
  box.succeed(["pause", id]);
  assert.deepEqual(list(box, id), [box.state(id).pid]);
  box.succeed(["resume", id]);
});

it("ps shows processes in cgroups below the container's", async (box) => {
  const id = box.running();
  // A directory of the hierarchy that runc asks, too.
  const below = join(cgroupOf(box, id, "devices"), "below");
  mkdirSync(below);
  const child = spawn("/bin/sleep", ["1000000"], { stdio: "ignore" });
  const ended = new Promise((done) => child.once("exit", done));
  writeFileSync(join(below, "cgroup.procs"), String(child.pid));
  assert.deepEqual(new Set(list(box, id)), new Set([box.state(id).pid, child.pid]));
  child.kill("SIGKILL");
  await ended;
  until("the cgroup to be empty", () => list(box, id)?.length === 1);
  rmdirSync(below);
});
