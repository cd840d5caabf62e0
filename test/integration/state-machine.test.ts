import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { cgroupsPathFor } from "../helpers/cgroups.ts";
import { type Config, removeNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

type Status = "absent" | "creating" | "created" | "running" | "paused" | "stopped";
const commands = [
  "create",
  "run",
  "state",
  "start",
  "kill",
  "ps",
  "pause",
  "resume",
  "update",
  "delete",
  "delete --force",
] as const;
type Command = (typeof commands)[number];

/** What a command must do: the status after it ("absent": no state), or the words of its failure. */
type Outcome = { readonly becomes: Status } | { readonly fails: RegExp };

const absent = { fails: /container does not exist/ };
const exists = { fails: /container with given ID already exists/ };
const notRunning = { fails: /container not running/ };
const notPaused = { fails: /container not paused/ };

/** runtime-spec's runtime.md ("Lifecycle", "Operations") with runc's words, which engines match. */
const table: Record<Status, Record<Command, Outcome>> = {
  absent: {
    create: { becomes: "created" },
    run: { becomes: "running" },
    state: absent,
    start: absent,
    kill: absent,
    ps: absent,
    pause: absent,
    resume: absent,
    update: absent,
    delete: absent,
    "delete --force": { becomes: "absent" },
  },
  creating: {
    create: exists,
    run: exists,
    state: { becomes: "creating" },
    start: { fails: /cannot start/ },
    kill: notRunning,
    ps: { becomes: "creating" },
    pause: notRunning,
    resume: notPaused,
    update: notRunning,
    delete: { fails: /cannot delete container \S+ that is not stopped: creating/ },
    "delete --force": { becomes: "absent" },
  },
  created: {
    create: exists,
    run: exists,
    state: { becomes: "created" },
    start: { becomes: "running" },
    kill: { becomes: "stopped" },
    ps: { becomes: "created" },
    pause: { becomes: "paused" },
    resume: notPaused,
    update: { becomes: "created" },
    // The specification wants an error; engines rely on runc, which deletes it.
    delete: { becomes: "absent" },
    "delete --force": { becomes: "absent" },
  },
  running: {
    create: exists,
    run: exists,
    state: { becomes: "running" },
    start: { fails: /cannot start an already running container/ },
    kill: { becomes: "stopped" },
    ps: { becomes: "running" },
    pause: { becomes: "paused" },
    resume: notPaused,
    update: { becomes: "running" },
    delete: { fails: /cannot delete container \S+ that is not stopped: running/ },
    "delete --force": { becomes: "absent" },
  },
  paused: {
    create: exists,
    run: exists,
    state: { becomes: "paused" },
    start: { fails: /cannot start a container in the paused state/ },
    kill: { becomes: "stopped" },
    ps: { becomes: "paused" },
    pause: notRunning,
    resume: { becomes: "running" },
    update: { becomes: "paused" },
    delete: { fails: /cannot delete container \S+ that is not stopped: paused/ },
    "delete --force": { becomes: "absent" },
  },
  stopped: {
    create: exists,
    run: exists,
    state: { becomes: "stopped" },
    start: { fails: /cannot start a container that has stopped/ },
    kill: notRunning,
    ps: { becomes: "stopped" },
    pause: notRunning,
    resume: notPaused,
    update: notRunning,
    delete: { becomes: "absent" },
    "delete --force": { becomes: "absent" },
  },
};

/** Brings a container into a status; `release` lets go of what holds it there. */
function bring(box: Sandbox, status: Status): { id: string; release: () => Promise<void> } {
  const release = async () => {};
  if (status === "absent") {
    return { id: box.newId(), release };
  }
  if (status === "creating") {
    return creating(box);
  }
  if (status === "created") {
    return { id: box.create(["/bin/sleep", "1000000"]).id, release };
  }
  const id = box.running();
  if (status === "paused") {
    box.succeed(["pause", id]);
  }
  if (status === "stopped") {
    box.succeed(["kill", id, "KILL"]);
    box.untilStatus(id, "stopped");
  }
  return { id, release };
}

/** A createRuntime hook that waits for a file keeps the container in "creating". */
function creating(box: Sandbox): { id: string; release: () => Promise<void> } {
  const id = box.newId();
  const [reached, go] = [join(box.directory, `${id}.reached`), join(box.directory, `${id}.go`)];
  const wait = `touch ${reached}; while [ -e ${reached} ] && [ ! -e ${go} ]; do sleep 0.01; done`;
  const bundle = box.bundle((config) => {
    config.hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", wait] }] };
  });
  const creation = box.start(["create", "--bundle", bundle, id]);
  until("the hook to run", () => existsSync(reached));
  return {
    id,
    release: async () => {
      writeFileSync(go, "");
      await creation.ended;
    },
  };
}

function perform(box: Sandbox, command: Command, id: string) {
  switch (command) {
    case "create":
      return box.call(["create", "--bundle", sleeper(box), id]);
    case "run":
      return box.call(["run", "--detach", "--bundle", sleeper(box), id]);
    case "kill":
      return box.call(["kill", id, "KILL"]);
    case "update":
      return box.call(["update", "--pids-limit", "100", id]);
    default:
      return box.call([...command.split(" "), id]);
  }
}

const sleeper = (box: Sandbox) =>
  box.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
  });

function assertStatus(box: Sandbox, id: string, status: Status): void {
  if (status === "absent") {
    assert.match(box.fail(["state", id]), /container does not exist/);
  } else {
    box.untilStatus(id, status);
  }
}

for (const status of Object.keys(table) as Status[]) {
  for (const command of commands) {
    const outcome = table[status][command];
    const what = "becomes" in outcome ? `leaves it ${outcome.becomes}` : `fails with ${outcome.fails.source}`;
    it(`${command} of a container that is ${status} ${what}`, async (box) => {
      const { id, release } = bring(box, status);
      const result = perform(box, command, id);
      if ("becomes" in outcome) {
        assert.equal(result.status, 0, result.stderr);
        assertStatus(box, id, outcome.becomes);
      } else {
        assert.equal(result.status, 1, result.stdout);
        assert.match(lastLine(result), outcome.fails);
        assertStatus(box, id, status);
      }
      await release();
    });
  }
}

for (const command of commands.filter((name) => !name.includes(" "))) {
  it(`${command} without an id fails`, (box) => {
    box.fail([command], { cwd: box.bundle() });
  });
}

for (const id of ["a/b", "..", ".", "", "a b", "ä", "a\nb", "-x/y", "a".repeat(2000)]) {
  it(`create refuses the id ${JSON.stringify(id.slice(0, 10))}`, (box) => {
    box.fail(["create", "--bundle", box.bundle(), "--", id]);
    assert.deepEqual(existsSync(box.root) ? readdirSync(box.root) : [], []);
  });
}

it("create accepts every character that runc accepts in an id", (box) => {
  const id = `${box.newId()}.A_z+0-9`;
  box.succeed(["create", "--bundle", box.bundle(), id]);
  assert.equal(box.state(id).status, "created");
});

it("create of the same id twice at once creates it once", async (box) => {
  const bundle = box.bundle();
  for (let round = 0; round < 5; round++) {
    const id = box.newId();
    const results = await Promise.all(
      [1, 2, 3].map(() => box.start(["create", "--bundle", bundle, id]).ended),
    );
    const failures = results.filter((result) => result.status !== 0);
    assert.equal(failures.length, 2, "one of three must win");
    for (const failure of failures) {
      assert.match(lastLine(failure), /container with given ID already exists/);
    }
    assert.equal(box.state(id).status, "created");
  }
});

it("start twice at once starts once", async (box) => {
  for (let round = 0; round < 5; round++) {
    const { id } = box.create(["/bin/sleep", "1000000"]);
    const results = await Promise.all([1, 2].map(() => box.start(["start", id]).ended));
    assert.deepEqual(results.map((result) => result.status).sort(), [0, 1]);
    assert.match(lastLine(results.find((result) => result.status === 1) ?? fail()), /cannot start/);
    assert.equal(box.state(id).status, "running");
  }
});

function fail(): never {
  throw new Error("no call failed");
}

/** Containers that are deleted in different ways. */
const deleted: Readonly<Record<string, (box: Sandbox, adjust: (config: Config) => void) => string>> = {
  "a running container": (box, adjust) => box.running(adjust),
  "a paused container": (box, adjust) => {
    const id = box.running(adjust);
    box.succeed(["pause", id]);
    return id;
  },
  "a container that shares the host's mounts": (box, adjust) =>
    box.running((config) => {
      removeNamespace(config, "mount");
      config.linux.maskedPaths = [];
      config.linux.readonlyPaths = [];
      adjust(config);
    }),
};

for (const [what, make] of Object.entries(deleted)) {
  it(`delete --force of ${what}, four times at once, leaves nothing, never fails and runs the poststop hooks once`, async (box) => {
    const log = join(box.directory, "poststop");
    for (let round = 1; round <= 8; round++) {
      const id = make(box, (config) => {
        config.hooks = { poststop: [{ path: "/bin/sh", args: ["sh", "-c", `echo >>${log}`] }] };
      });
      const results = await Promise.all([1, 2, 3, 4].map(() => box.start(["delete", "--force", id]).ended));
      for (const { status, stderr } of results) assert.deepEqual([status, stderr], [0, ""]);
      assert.equal(readFileSync(log, "utf8").length, round);
      box.assertEmpty();
    }
  });
}

it("delete --force removes a container whose saved configuration is damaged", (box) => {
  const id = box.running();
  writeFileSync(join(box.root, id, "config.json"), "{");
  assert.match(box.succeed(["delete", "--force", id]).stderr, /poststop hooks are not run: reading /);
  box.assertEmpty();
});

/** The one file of a container's state directory that holds JSON. */
function stateFile(box: Sandbox, id: string): string {
  return join(box.root, id, "state.json");
}

it("state.json is nobody else's to read", (box) => {
  const id = box.running();
  chmodSync(box.root, 0o755);
  const listing = box.succeed(["list"]).stdout;
  assert.ok(listing.includes(id));
  assert.ok(JSON.parse(readFileSync(stateFile(box, id), "utf8")));
});

for (const [what, content] of [
  ["empty", ""],
  ["cut off", '{"id": "x", "ini'],
  ["of another shape", '["not", "a", "state"]'],
] as const) {
  it(`list and state survive a state.json that is ${what}`, (box) => {
    const good = box.running();
    const bad = box.running();
    const { pid } = box.state(bad);
    const before = readFileSync(stateFile(box, bad));
    writeFileSync(stateFile(box, bad), content);
    assert.match(box.fail(["state", bad]), /state\.json|load|unmarshal|json/i);
    assert.ok(box.call(["list"]).stdout.includes(good));
    writeFileSync(stateFile(box, bad), before);
    assert.equal(box.state(bad).pid, pid);
  });
}

for (const [what, damage] of [
  ["a damaged record", (directory: string) => writeFileSync(join(directory, "state.json"), "{")],
  ["no record", (directory: string) => rmSync(join(directory, "state.json"))],
  ["a damaged configuration", (directory: string) => writeFileSync(join(directory, "config.json"), "{")],
  ["no configuration", (directory: string) => rmSync(join(directory, "config.json"))],
] as const) {
  it(`delete --force removes a running container that has ${what}`, (box) => {
    const id = box.running((config) => {
      config.linux.cgroupsPath = cgroupsPathFor(box.newId());
      config.hooks = { poststop: [{ path: "/bin/true" }] };
    });
    const { pid } = box.state(id);
    damage(join(box.root, id));
    box.succeed(["delete", "--force", id]);
    until("the process to end", () => !existsSync(`/proc/${pid}`));
    assert.match(box.fail(["state", id]), /container does not exist/);
  });
}

it("delete --force says what it cannot find of a container that has neither record nor configuration", (box) => {
  const id = box.running();
  const { pid } = box.state(id);
  for (const name of ["state.json", "config.json"]) writeFileSync(join(box.root, id, name), "");
  assert.match(box.succeed(["delete", "--force", id]).stderr, /processes and cgroup of container \S+ stay/);
  assert.deepEqual(box.containers(), []);
  process.kill(pid, "SIGKILL");
  box.abandon();
});

it("a container whose start was killed after it let the program go is running", (box) => {
  const { id } = box.create(["/bin/sleep", "1000000"]);
  const directory = join(box.root, id);
  // What `start` does up to that point.
  const [result, go] = ["result", "go"].map((name) =>
    openSync(join(directory, name), name === "go" ? "w" : "r+"),
  );
  writeSync(go ?? fail(), "g");
  closeSync(go ?? fail());
  closeSync(result ?? fail());
  box.untilStatus(id, "running");
  assert.match(box.fail(["start", id]), /cannot start an already running container/);
  assert.match(box.fail(["delete", id]), /that is not stopped: running/);
});

it("a pid that was given to another process is not the container", (box) => {
  const id = box.running();
  const { pid } = box.state(id);
  const other = box.running();
  const file = stateFile(box, id);
  const before = readFileSync(file, "utf8");
  // Without its sum, which would tell of the change.
  const text = before.replace(/,"sum":"\w+"/, "");
  writeFileSync(file, text.replaceAll(new RegExp(`\\b${pid}\\b`, "g"), String(box.state(other).pid)));
  assert.equal(box.state(id).status, "stopped");
  assert.match(box.fail(["kill", id, "KILL"]), /container not running/);
  assert.equal(box.state(other).status, "running");
  writeFileSync(file, before);
});
