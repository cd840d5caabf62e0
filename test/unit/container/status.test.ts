import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setLogSink } from "../../../src/base/log.ts";
import { remove } from "../../../src/container/delete.ts";
import { kill } from "../../../src/container/kill.ts";
import { list } from "../../../src/container/list.ts";
import { pause } from "../../../src/container/pause.ts";
import { pidfdOf } from "../../../src/container/pidfd.ts";
import { processInfo } from "../../../src/container/process-info.ts";
import type { ContainerRecord } from "../../../src/container/record.ts";
import { resume } from "../../../src/container/resume.ts";
import { start } from "../../../src/container/start.ts";
import { state } from "../../../src/container/state.ts";
import { allowed, isAlive, statusOf, whileAlive } from "../../../src/container/status.ts";
import { update } from "../../../src/container/update.ts";
import type { Status } from "../../../src/oci/types.ts";
import { emptyRecord, plant, recordOf, withStateRoot } from "../../helpers/container-record.ts";
import { withDirectory } from "../../helpers/directory.ts";
import { until } from "../../helpers/wait.ts";

/** How to make a record's container look as if it were in a status. */
interface Scene {
  readonly record: ContainerRecord;
  /** Whether it waits at its gate. */
  readonly waits: boolean;
  /** Whether a command holds it. */
  readonly held?: boolean;
}

const alive = recordOf();
const scenes: readonly (readonly [what: string, scene: Scene, status: Status])[] = [
  [
    "without a process while a command holds it",
    { record: emptyRecord, waits: false, held: true },
    "creating",
  ],
  ["without a process that nobody holds", { record: emptyRecord, waits: false }, "stopped"],
  ["that is not ready", { record: { ...alive, ready: false }, waits: true }, "creating"],
  ["that waits", { record: alive, waits: true }, "created"],
  ["that no longer waits", { record: alive, waits: false }, "running"],
  ["whose pid is another process's", { record: { ...alive, startTime: 1 }, waits: false }, "stopped"],
  ["that died waiting", { record: { ...alive, startTime: 1 }, waits: true }, "stopped"],
  ["whose process is gone", { record: { ...alive, pid: 2 ** 22 + 1 }, waits: false }, "stopped"],
];

for (const [what, { record, waits, held }, status] of scenes) {
  test(`statusOf() a container ${what} is ${status}`, () => {
    withStateRoot((options) => {
      const directory = plant(options, record);
      if (waits) writeFileSync(`${directory.path}/go`, "");
      using _lock = held === true ? directory.lock(true) : undefined;
      assert.equal(statusOf(directory, record), status);
      assert.equal(state(options, record.id).status, status);
      assert.equal(state(options, record.id).pid, status === "stopped" ? 0 : record.pid);
    });
  });
}

test("statusOf() a frozen container is paused", () => {
  withDirectory((cgroup) => {
    writeFileSync(join(cgroup, "cgroup.events"), "populated 1\nfrozen 1\n");
    writeFileSync(join(cgroup, "cgroup.freeze"), "1\n");
    withStateRoot((options) => {
      const record: ContainerRecord = { ...alive, cgroup: { mode: "v2", paths: { "": cgroup } } };
      const directory = plant(options, record);
      assert.equal(statusOf(directory, record), "paused");
      assert.ok(allowed.kill.some((name) => name === "paused"));
      assert.throws(() => pause(options, "a"), { message: "container not running" });
      writeFileSync(`${directory.path}/go`, "");
      assert.equal(statusOf(directory, record), "paused", "before it has been started, too");
      assert.throws(() => start(options, "a"), { message: "cannot start a container in the paused state" });
      assert.equal(statusOf(directory, { ...record, ready: false }), "creating");
    });
  });
});

test("isAlive() says no for a process that has ended and was not reaped", () => {
  const child = spawn("true", { stdio: "ignore" });
  const record = recordOf(child.pid ?? 0);
  until("the process to end", () => processInfo(record.pid)?.state === "Z");
  assert.equal(isAlive(record), false);
  assert.equal(pidfdOf(record), undefined);
});

test("pidfdOf() is the init's, and none where another has its pid", () => {
  using fd = pidfdOf(alive);
  assert.notEqual(fd, undefined);
  assert.equal(pidfdOf({ ...alive, startTime: alive.startTime + 1 }), undefined);
  assert.equal(pidfdOf(emptyRecord), undefined);
});

/** What the commands say to a container whose init is this process, or is gone. */
const refusals: readonly (readonly [what: string, Scene, command: string, message: RegExp])[] = [
  ["running", { record: alive, waits: false }, "start", /^cannot start an already running container$/],
  [
    "running",
    { record: alive, waits: false },
    "delete",
    /^cannot delete container a that is not stopped: running$/,
  ],
  ["stopped", { record: emptyRecord, waits: false }, "start", /^cannot start a container that has stopped$/],
  ["stopped", { record: emptyRecord, waits: false }, "kill", /^container not running$/],
  ["another's", { record: { ...alive, startTime: 1 }, waits: false }, "kill", /^container not running$/],
  ["creating", { record: { ...alive, ready: false }, waits: true }, "kill", /^container not running$/],
  ["creating", { record: { ...alive, ready: false }, waits: true }, "start", /^cannot start/],
  ["creating", { record: { ...alive, ready: false }, waits: true }, "delete", /not stopped: creating$/],
  ["creating", { record: { ...alive, ready: false }, waits: true }, "pause", /^container not running$/],
  ["creating", { record: { ...alive, ready: false }, waits: true }, "update", /^container not running$/],
  ["stopped", { record: emptyRecord, waits: false }, "pause", /^container not running$/],
  ["stopped", { record: emptyRecord, waits: false }, "update", /^container not running$/],
  ["stopped", { record: emptyRecord, waits: false }, "resume", /^container not paused$/],
  ["running", { record: alive, waits: false }, "resume", /^container not paused$/],
  ["without a cgroup", { record: alive, waits: false }, "pause", /^cannot toggle freezer: cgroups not conf/],
];

for (const [what, { record, waits }, command, message] of refusals) {
  test(`${command} refuses a container that is ${what}`, () => {
    withStateRoot((options) => {
      const directory = plant(options, record);
      if (waits) writeFileSync(`${directory.path}/go`, "");
      const act = {
        start,
        kill: () => kill(options, "a", 9, false),
        delete: () => remove(options, "a", false),
        pause,
        resume,
        update: () => update(options, "a", () => ({ resources: {} })),
      };
      assert.throws(() => act[command as keyof typeof act](options, "a"), { message });
      assert.deepEqual(directory.read(), record);
    });
  });
}

test("kill() of signal 0 asks whether init is there", () => {
  withStateRoot((options) => {
    plant(options, alive);
    kill(options, "a", 0, false);
    assert.throws(() => kill(options, "b", 0, false), { message: "container does not exist" });
  });
});

test("kill() sends the signal to init", () => {
  withStateRoot((options) => {
    const child = spawn("sleep", ["1000"], { stdio: "ignore" });
    const record = recordOf(child.pid ?? 0);
    plant(options, record);
    kill(options, "a", 9, false);
    until("it to end", () => !isAlive(record));
    assert.equal(state(options, "a").status, "stopped");
  });
});

test("kill() with all bears that nothing runs", () => {
  withStateRoot((options) => {
    plant(options, emptyRecord);
    kill(options, "a", 15, true);
    kill(options, "a", 9, true);
  });
});

test("remove() with force ends init and removes everything", () => {
  withStateRoot((options) => {
    const child = spawn("sleep", ["1000"], { stdio: "ignore" });
    const record: ContainerRecord = { ...recordOf(child.pid ?? 0), ready: false };
    plant(options, record);
    remove(options, "a", true);
    assert.equal(isAlive(record), false);
    assert.throws(() => state(options, "a"), { message: "container does not exist" });
  });
});

test("remove() with force does not touch a process that has taken over the pid", () => {
  withStateRoot((options) => {
    plant(options, { ...alive, startTime: 1, ready: false });
    remove(options, "a", true);
    assert.throws(() => state(options, "a"), { message: "container does not exist" });
  });
});

test("remove() without force wants a container, with force it does not", () => {
  withStateRoot((options) => {
    assert.throws(() => remove(options, "a", false), { message: "container does not exist" });
    remove(options, "a", true);
  });
});

test("remove() with force removes what has a damaged record, and warns", () => {
  withStateRoot((options) => {
    const directory = plant(options, emptyRecord);
    directory.writeFile("state.json", "{");
    const warnings: string[] = [];
    const before = setLogSink((_, message) => warnings.push(message));
    try {
      assert.throws(() => remove(options, "a", false), /is damaged/);
      remove(options, "a", true);
    } finally {
      setLogSink(before);
    }
    assert.match(warnings.join("\n"), /state\.json is damaged/);
    assert.deepEqual(list(options), []);
  });
});

test("list() lists containers by their ids, warns of damaged ones, and leaves other files alone", () => {
  withStateRoot((options) => {
    for (const id of ["b", "a", "c"]) plant(options, { ...emptyRecord, id });
    plant(options, { ...emptyRecord, id: "damaged" }).writeFile("state.json", "{");
    mkdirSync(`${options.root}/empty`);
    writeFileSync(`${options.root}/file`, "");
    const warnings: string[] = [];
    const before = setLogSink((_, message) => warnings.push(message));
    const ids = list(options).map(({ id }) => id);
    setLogSink(before);
    assert.deepEqual(ids, ["a", "b", "c"]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", /^load container damaged: .*is damaged/);
  });
});

test("list() is empty where there is no --root yet", () => {
  withStateRoot((options) => {
    assert.deepEqual(list({ ...options, root: `${options.root}/missing` }), []);
  });
});

test("state() prints what the record says, and whose it is by name", () => {
  withStateRoot((options) => {
    plant(options, { ...emptyRecord, annotations: { key: "value" } });
    assert.deepEqual(state(options, "a"), {
      ociVersion: "1.3.0",
      id: "a",
      pid: 0,
      status: "stopped",
      bundle: "/bundle",
      rootfs: "/bundle/rootfs",
      created: "2026-11-21T02:00:00.000000000Z",
      annotations: { key: "value" },
      owner: "root",
    });
    plant(options, { ...emptyRecord, id: "b", owner: 4242 });
    assert.equal(state(options, "b").owner, "#4242");
  });
});

test("whileAlive() tells that init has ended where something fails for that reason, and the failure else", () => {
  const fail = () => {
    throw new Error("no such file");
  };
  assert.equal(
    whileAlive(emptyRecord, () => 5),
    5,
  );
  assert.throws(() => whileAlive(emptyRecord, fail), { message: "container not running" });
  assert.throws(() => whileAlive(alive, fail), { message: "no such file" });
});
