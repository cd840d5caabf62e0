// What `pause` and `resume` do to processes; which status allows them is in state-machine.test.ts.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupOf, isV1, untilFrozen } from "../helpers/cgroups.ts";
import type { Config } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { ordinary, RootlessSandbox } from "../helpers/rootless.ts";
import { lastLine } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { skipUnless } from "../helpers/skip.ts";
import { pause, until } from "../helpers/wait.ts";

leaveNothing();

/** A container that counts in a file of its root. */
function counting(box: Sandbox): { id: string; count: () => number } {
  const bundle = box.bundle((config: Config) => {
    config.root.readonly = false;
    config.process.args = ["/bin/sh", "-c", "while :; do echo >> /count; usleep 1000; done"];
  });
  const id = box.newId();
  box.succeed(["run", "--detach", "--bundle", bundle, id]);
  const file = join(bundle, "rootfs/count");
  const count = () => (existsSync(file) ? readFileSync(file).length : 0);
  until("the first line", () => count() > 0);
  return { id, count };
}

it("pause stops all processes of a container, and resume lets them go on", (box) => {
  const { id, count } = counting(box);
  for (let round = 0; round < 3; round++) {
    box.succeed(["pause", id]);
    untilFrozen(box, id);
    const before = count();
    pause(50);
    assert.equal(count(), before);
    assert.equal(box.state(id).status, "paused");
    box.succeed(["resume", id]);
    assert.equal(box.state(id).status, "running");
    until("it to go on", () => count() > before);
  }
});

it("list shows a paused container as such", (box) => {
  const id = box.running();
  box.succeed(["pause", id]);
  assert.match(box.succeed(["list"]).stdout, new RegExp(`^${id} .*\\bpaused\\b`, "m"));
});

it("a container that is paused before its start waits, and starts once it is resumed", (box) => {
  const { id } = box.create(["/bin/sleep", "1000000"]);
  box.succeed(["pause", id]);
  assert.match(box.fail(["start", id]), /cannot start a container in the paused state/);
  box.succeed(["resume", id]);
  assert.equal(box.state(id).status, "created");
  box.succeed(["start", id]);
  assert.equal(box.state(id).status, "running");
});

it("a container that the host has frozen is paused, and resume lets it go on", (box) => {
  const id = box.running();
  const file = isV1 ? "freezer.state" : "cgroup.freeze";
  writeFileSync(join(cgroupOf(box, id, isV1 ? "freezer" : ""), file), isV1 ? "FROZEN" : "1");
  box.untilStatus(id, "paused");
  box.succeed(["resume", id]);
  assert.equal(box.state(id).status, "running");
});

it("kill sends a paused container a signal that it gets once it goes on", (box) => {
  const { id } = box.create(["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do usleep 1000; done"]);
  box.succeed(["start", id]);
  box.succeed(["pause", id]);
  box.succeed(["kill", id, "TERM"]);
  assert.equal(box.state(id).status, "paused");
  box.succeed(["resume", id]);
  box.untilStatus(id, "stopped");
});

for (const command of [["kill"], ["kill", "--all"]]) {
  it(`${command.join(" ")} with SIGKILL ends a paused container`, (box) => {
    const id = box.running();
    box.succeed(["pause", id]);
    box.succeed([...command, id, "KILL"]);
    box.untilStatus(id, "stopped");
  });
}

it("kill --all reaches every process of a container", (box) => {
  const script = "sleep 1000 & sleep 1000 & trap : TERM; wait; wait; echo survived; sleep 1000";
  const { id, output } = box.create(["/bin/sh", "-c", script]);
  box.succeed(["start", id]);
  const processes = () => (JSON.parse(box.succeed(["ps", "--format", "json", id]).stdout) as number[]).length;
  until("all processes", () => processes() === 3);
  box.succeed(["kill", "--all", id, "TERM"]);
  until("the shell to go on alone", () => output().includes("survived") && processes() === 2);
});

it("kill --all of a container that has stopped succeeds", (box) => {
  const id = box.running();
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  box.succeed(["kill", "--all", id, "KILL"]);
  box.succeed(["kill", "-a", id, "15"]);
});

it("delete --force removes a container with many processes that is paused", (box) => {
  const { id } = box.create(["/bin/sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done; wait"]);
  box.succeed(["start", id]);
  box.succeed(["pause", id]);
  box.succeed(["delete", "--force", id]);
  box.assertEmpty();
});

it("pause and resume at once leave a container that can be resumed or runs", async (box) => {
  const { id, count } = counting(box);
  for (let round = 0; round < 5; round++) {
    const calls = ["pause", "resume", "pause", "resume"].map((command) => box.start([command, id]).ended);
    for (const { signal } of await Promise.all(calls)) assert.equal(signal, null, "a call hung");
    const result = box.call(["resume", id]);
    assert.ok(result.status === 0 || /container not paused/.test(lastLine(result)), result.stderr);
    const before = count();
    until("it to go on", () => count() > before);
  }
});

it("pause of an ordinary user's container without a cgroup says what is missing", (box, t) => {
  if (!skipUnless(t, isV1, "cgroupV1")) return;
  const user = new RootlessSandbox(box);
  const id = box.newId();
  const bundle = user.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
  });
  box.succeed(["run", "--detach", "--bundle", bundle, id], ordinary);
  const result = box.call(["pause", id], ordinary);
  assert.equal(result.status, 1);
  assert.match(result.stderr, /pause may fail if you don't have the full access to cgroups/);
  assert.match(lastLine(result), /cannot toggle freezer: cgroups not configured for container/);
  assert.match(box.fail(["update", "--pids-limit", "5", id], ordinary), /pids/);
  box.succeed(["delete", "--force", id], ordinary);
});
