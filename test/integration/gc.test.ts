import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Collected } from "../../src/container/gc/gc.ts";
import { type ContainerRecord, recordText } from "../../src/container/record.ts";
import { gc, recordOf } from "../helpers/gc.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { RootlessSandbox } from "../helpers/rootless.ts";
import { cgroupDriver, type Running, runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { skipUnless } from "../helpers/skip.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

function writeRecord(box: Sandbox, record: ContainerRecord): void {
  writeFileSync(join(box.root, record.id, "state.json"), recordText(record));
}

/** A foreground run of a container that sleeps; its program runs. */
function runInForeground(box: Sandbox, hooked?: string): { id: string; running: Running } {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
    if (hooked !== undefined) {
      config.hooks = { poststop: [{ path: "/bin/busybox", args: ["touch", hooked] }] };
    }
  });
  const running = box.start(["run", "--bundle", bundle, id]);
  until("the container to run", () => existsSync(join(box.root, id, "state.json")) && isRunning(box, id));
  return { id, running };
}

function isRunning(box: Sandbox, id: string): boolean {
  const { status, stdout } = box.call(["state", id]);
  return status === 0 && (JSON.parse(stdout) as { status: string }).status === "running";
}

async function die({ child, ended }: Running): Promise<void> {
  child.kill("SIGKILL");
  await ended;
}

it("gc removes what a run left that was killed, once its container has ended", async (box) => {
  const hooked = join(box.directory, "hooked");
  const { id, running } = runInForeground(box, hooked);
  assert.deepEqual(gc(box), [], "the runtime is there");
  await die(running);
  assert.deepEqual(gc(box), [], "the container runs");
  assert.equal(box.state(id).status, "running");
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  const shown = gc(box, "--dry-run");
  assert.ok(shown.every(({ removed, reason }) => !removed && reason.includes("its run was killed")));
  const kinds = new Set(shown.map(({ kind }) => kind));
  assert.ok(kinds.has("container"), JSON.stringify(shown));
  assert.ok(existsSync(join(box.root, id)), "a dry run removes nothing");
  assert.equal(existsSync(hooked), false);
  const removed = gc(box);
  assert.deepEqual(
    removed,
    shown.map((each) => ({ ...each, removed: true })),
  );
  for (const { kind, path } of removed)
    if (kind !== "systemd unit") assert.equal(existsSync(path), false, path);
  assert.ok(existsSync(hooked), "it is a deletion: its poststop hooks run");
  box.assertEmpty();
  assert.deepEqual(gc(box), []);
});

it("gc prints a line for each thing, with the reason, for readers", async (box) => {
  const { id, running } = runInForeground(box);
  await die(running);
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  const { stdout } = box.succeed(["gc", "--dry-run"]);
  const [header, ...lines] = stdout.trimEnd().split("\n");
  assert.match(header ?? "", /^WHAT +WHERE +WHY$/);
  assert.match(
    lines[0] ?? "",
    new RegExp(`^container +${box.root}/${id} +it has ended, and its run was killed`),
  );
  assert.equal(lines.at(-1), "Nothing removed");
  box.succeed(["gc"]);
  assert.equal(box.succeed(["gc"]).stdout, "Nothing to remove\n");
});

it("gc never removes a container that somebody made to stay", (box) => {
  const { id: created } = box.create(["/bin/true"]);
  const running = box.running();
  const { id: stopped } = box.create(["/bin/true"]);
  box.succeed(["start", stopped]);
  box.untilStatus(stopped, "stopped");
  const detached = box.newId();
  const quick = box.bundle((config) => {
    config.process.args = ["/bin/true"];
  });
  box.succeed(["run", "--detach", "--bundle", quick, detached]);
  box.untilStatus(detached, "stopped");
  const kept = box.newId();
  box.succeed(["run", "--keep", "--bundle", quick, kept]);
  assert.deepEqual(gc(box), []);
  assert.deepEqual(box.containers().sort(), [created, running, stopped, detached, kept].sort());
  assert.equal(box.state(created).status, "created");
  assert.equal(box.state(running).status, "running");
});

it("gc leaves a create alone that goes on, and its cgroup", async (box) => {
  const id = box.newId();
  const [waits, go] = ["waits", "go"].map((name) => join(box.directory, name));
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    const script = `touch ${waits}; until [ -e ${go} ]; do sleep 0.01; done`;
    config.hooks = { createRuntime: [{ path: "/bin/busybox", args: ["sh", "-c", script] }] };
  });
  const creating = box.start(["create", "--bundle", bundle, id]);
  until("the hook", () => existsSync(waits ?? ""));
  assert.deepEqual(gc(box), []);
  writeFileSync(go ?? "", "");
  const { status, stderr } = await creating.ended;
  assert.equal(status, 0, stderr);
  assert.equal(box.state(id).status, "created");
});

/** A call of create, and of strace's that holds it up there; what gc then sees of it. */
const moments: readonly (readonly [what: string, inject: string])[] = [
  ["has made its directory", "mkdirat:delay_exit=1500000:when=1+"],
  ["is about to hold its directory", "flock:delay_enter=1500000:when=1"],
];

for (const [what, inject] of moments) {
  it(`create succeeds although gc takes its directory, when it ${what}`, async (box) => {
    const id = box.newId();
    const bundle = box.bundle((config) => {
      config.process.args = ["/bin/true"];
    });
    mkdirSync(box.root, { mode: 0o711 });
    const through = ["strace", "-o", "/dev/null", "-P", join(box.root, id), "-e", `inject=${inject}`];
    const creating = box.start(["create", "--bundle", bundle, id], {
      through: inject.startsWith("flock") ? through.filter((_, index) => index < 3 || index > 4) : through,
    });
    until("the directory", () => existsSync(join(box.root, id)));
    const found = gc(box);
    assert.deepEqual(
      found.map(({ kind, container }) => [kind, container]),
      [["container", id]],
    );
    const { status, stderr } = await creating.ended;
    assert.equal(status, 0, stderr);
    assert.equal(box.state(id).status, "created");
    box.succeed(["start", id]);
  });
}

/** Of two creates at a time. */
const ROUNDS = process.env["TSRUN_STRESS"] === "full" ? 50 : 6;

it("gc beside creates and deletes takes nothing of theirs away", async (box) => {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
  });
  const end = join(box.directory, "end");
  const loop = `until [ -e "$1" ]; do "$0" --root "$2" gc || exit 1; done`;
  const output = spawn("/bin/sh", ["-c", loop, runtimePath, end, box.root]);
  let printed = "";
  output.stdout.on("data", (data) => {
    printed += String(data);
  });
  const ended = new Promise((done) => output.once("exit", done));
  mkdirSync(box.root, { mode: 0o711 });
  for (let round = 0; round < ROUNDS; round++) {
    const ids = [box.newId(), box.newId()];
    const calls = ids.map((id) => box.start(["create", "--bundle", bundle, id]).ended);
    for (const { status, stderr } of await Promise.all(calls)) assert.equal(status, 0, stderr);
    for (const id of ids) {
      box.succeed(["start", id]);
      assert.equal(box.state(id).status, "running");
      box.succeed(["delete", "--force", id]);
    }
  }
  writeFileSync(end, "");
  assert.equal(await ended, 0);
  // A directory that was seen before its creator held it may have been made twice; nothing more.
  assert.ok(!printed.includes("cgroup "), printed);
});

it("gc cleans up for an ordinary user, too", async (box, t) => {
  // A user's own systemd is not there for one without an account.
  if (!skipUnless(t, cgroupDriver === "cgroupfs", "cgroupfsDriver")) return;
  const user = new RootlessSandbox(box);
  const id = box.newId();
  const bundle = user.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
  });
  const running = box.start(["run", "--bundle", bundle, id], user.user);
  until("the container to run", () => existsSync(join(box.root, id, "state.json")) && isRunning(box, id));
  await die(running);
  mkdirSync(join(box.root, "half-made"), { mode: 0o711 });
  user.give(join(box.root, "half-made"));
  user.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  const { stdout } = user.succeed(["gc"]);
  assert.match(stdout, new RegExp(`^container +${box.root}/${id} +it has ended`, "m"));
  assert.match(stdout, new RegExp(`^container +${box.root}/half-made +it has no record`, "m"));
  assert.deepEqual(readdirSync(box.root), []);
});

it("gc after a reboot takes the record alone: what has its names is others'", async (box) => {
  const { id, running } = runInForeground(box);
  await die(running);
  const other = box.running();
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  box.succeed(["delete", id]);
  // As the record of before would look: its process's number and its cgroups are another container's now.
  const { pid, startTime, cgroup } = recordOf(box, other);
  const runtime = { pid: 1, startTime: 1, pidNamespace: 1 };
  const record = { ...recordOf(box, other), id, pid, startTime, cgroup, runtime, bootId: "another" };
  mkdirSync(join(box.root, id), { mode: 0o711 });
  writeRecord(box, record);
  assert.equal(box.state(id).status, "stopped");
  assert.deepEqual(
    gc(box).map(({ kind }) => kind),
    ["container"],
  );
  assert.equal(box.state(other).status, "running");
});

it("delete --force of a container of before a reboot leaves others' processes and cgroups alone", (box) => {
  const other = box.running();
  const id = box.newId();
  mkdirSync(join(box.root, id), { mode: 0o711 });
  writeRecord(box, { ...recordOf(box, other), id, bootId: "another" });
  assert.match(box.fail(["kill", id, "KILL"]), /container not running/);
  box.succeed(["delete", "--force", id]);
  assert.equal(box.state(other).status, "running");
});

it("gc does not touch the processes of a cgroup that a half-made container was going to have", (box) => {
  const other = box.running();
  const { id } = box.create(["/bin/true"]);
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  const own = recordOf(box, id);
  const { cgroup } = recordOf(box, other);
  if (Object.keys(cgroup.paths).length === 0) return;
  writeRecord(box, { ...own, pid: 0, startTime: 0, ready: false, cgroup });
  const result = box.succeed(["gc", "--format", "json"]);
  assert.equal(result.stdout, "[]\n");
  assert.match(result.stderr, new RegExp(`container ${id} stays: there are processes in its cgroup`));
  assert.equal(box.state(other).status, "running");
  writeRecord(box, own);
});

it("gc leaves a container alone whose init it only fails to see", async (box) => {
  const { id, running } = runInForeground(box);
  await die(running);
  const own = recordOf(box, id);
  if (Object.keys(own.cgroup.paths).length === 0) return;
  // As a runtime in another time namespace counts, where all processes began at another time.
  writeRecord(box, { ...own, startTime: own.startTime + 1 });
  const result = box.succeed(["gc", "--format", "json"]);
  assert.equal(result.stdout, "[]\n");
  assert.match(result.stderr, new RegExp(`container ${id} stays: there are processes in its cgroup`));
  writeRecord(box, own);
  assert.equal(box.state(id).status, "running");
});

it("gc says what it cannot remove, and fails", async (box) => {
  const { id, running } = runInForeground(box);
  await die(running);
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  const own = recordOf(box, id);
  // No cgroup: rmdir(2) refuses it.
  const full = box.folder("full");
  writeFileSync(join(full, "file"), "");
  writeRecord(box, { ...own, resctrl: [full] });
  const result = box.call(["gc", "--format", "json"]);
  assert.equal(result.status, 1);
  assert.match(result.stderr, /level=error msg="\d+ of \d+ leftovers could not be removed"/);
  const found = JSON.parse(result.stdout) as (Collected & { error?: string })[];
  assert.ok(
    found.every(({ removed, error }) => !removed && error?.includes(full)),
    result.stdout,
  );
  writeRecord(box, own);
  gc(box);
});
