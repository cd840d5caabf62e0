import assert from "node:assert/strict";
import { existsSync, linkSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeNamespace } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

for (const status of [0, 1, 7, 126, 127, 255]) {
  it(`run exits with the container's status ${status}`, (box) => {
    const result = box.run((config) => {
      config.process.args = ["/bin/sh", "-c", `exit ${status}`];
    });
    assert.deepEqual([result.status, result.stderr], [status, ""]);
  });
}

for (const [name, number] of [
  ["TERM", 15],
  ["KILL", 9],
  ["SEGV", 11],
] as const) {
  it(`run exits with ${128 + number} when SIG${name} ends the container`, (box) => {
    const result = box.run((config) => {
      config.process.args = ["/bin/sh", "-c", `kill -${name} $$`];
      // Init of a pid namespace is immune to the signals that it sends itself.
      removeNamespace(config, "pid");
    });
    assert.equal(result.status, 128 + number, result.stderr);
  });
}

it("run hands its standard streams to the container", (box) => {
  const result = box.run(
    (config) => {
      config.process.args = ["/bin/sh", "-c", "cat; echo err >&2"];
    },
    { input: "to the container\n" },
  );
  assert.deepEqual([result.stdout, result.stderr], ["to the container\n", "err\n"]);
});

it("run ends when the container does, although a daemon inside holds its streams", (box) => {
  const result = box.run((config) => {
    config.process.args = ["/bin/sh", "-c", "sleep 1000000 & echo done"];
  });
  assert.deepEqual([result.status, result.stdout], [0, "done\n"]);
});

it("run deletes the container", (box) => {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
  });
  box.succeed(["run", "--bundle", bundle, id]);
  assert.match(box.fail(["state", id]), /container does not exist/);
});

it("run --keep leaves the stopped container", (box) => {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sh", "-c", "exit 3"];
  });
  assert.equal(box.call(["run", "--keep", "--bundle", bundle, id]).status, 3);
  assert.equal(box.state(id).status, "stopped");
  box.succeed(["delete", id]);
});

it("run --detach returns while the container runs", (box) => {
  const id = box.newId();
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/sleep", "1000000"];
  });
  box.succeed(["run", "--detach", "--bundle", bundle, id]);
  assert.equal(box.state(id).status, "running");
});

for (const signal of ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGINT", "SIGQUIT"] as const) {
  it(`run forwards ${signal} to the container`, async (box) => {
    const name = signal.slice(3);
    const bundle = box.bundle((config) => {
      config.process.args = [
        "/bin/sh",
        "-c",
        `trap 'echo got ${name}; exit 5' ${name}; echo ready; while :; do sleep 0.01; done`,
      ];
    });
    const running = box.start(["run", "--bundle", bundle, box.newId()]);
    until("the container to be ready", () => readFileSync(running.stdoutFile, "utf8").includes("ready"));
    running.child.kill(signal);
    const { status, stdout } = await running.ended;
    assert.deepEqual([status, stdout], [5, `ready\ngot ${name}\n`]);
  });
}

it("create leaves the program unexecuted until start", (box) => {
  const { id, output } = box.create(["/bin/echo", "started"]);
  assert.equal(output(), "");
  assert.equal(box.state(id).status, "created");
  box.succeed(["start", id]);
  box.untilStatus(id, "stopped");
  assert.equal(output(), "started\n");
});

it("create reads config.json but once: start executes what was asked for then", (box) => {
  const { id, output } = box.create(["/bin/echo", "first"]);
  writeFileSync(join(box.state(id).bundle, "config.json"), "{}");
  box.succeed(["start", id]);
  box.untilStatus(id, "stopped");
  assert.equal(output(), "first\n");
});

it("create takes the working directory for the bundle", (box) => {
  const bundle = box.bundle();
  const id = box.newId();
  box.succeed(["create", id], { cwd: bundle });
  assert.equal(box.state(id).bundle, bundle);
});

it("create writes --pid-file relative to the working directory", (box) => {
  const id = box.newId();
  const cwd = box.folder("elsewhere");
  box.succeed(["create", "--bundle", box.bundle(), "--pid-file", "the.pid", id], { cwd });
  assert.equal(readFileSync(join(cwd, "the.pid"), "utf8").trim(), String(box.state(id).pid));
});

it("create puts the pid file in place whole: a file of that name is replaced, not rewritten", (box) => {
  const pidFile = join(box.directory, "the.pid");
  const before = join(box.directory, "before.pid");
  writeFileSync(pidFile, "what was there");
  linkSync(pidFile, before);
  const id = box.newId();
  box.succeed(["create", "--bundle", box.bundle(), "--pid-file", pidFile, id]);
  assert.equal(readFileSync(pidFile, "utf8").trim(), String(box.state(id).pid));
  assert.equal(readFileSync(before, "utf8"), "what was there");
});

it("create --pid-file in a directory that does not exist leaves nothing", (box) => {
  const pidFile = join(box.directory, "absent/the.pid");
  assert.match(
    box.fail(["create", "--bundle", box.bundle(), "--pid-file", pidFile, box.newId()]),
    /no such file/,
  );
  box.assertEmpty();
});

it("state describes the container", (box) => {
  const id = box.running((config) => {
    config.annotations = { "org.example.key": "value", "org.example.empty": "" };
  });
  const state = box.state(id);
  assert.equal(state.id, id);
  assert.equal(state.rootfs, join(state.bundle, "rootfs"));
  assert.match(state.ociVersion, /^1\.\d+\.\d+/);
  assert.match(state.created ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
  assert.equal(state.annotations?.["org.example.key"], "value");
  assert.equal(state.annotations?.["org.example.empty"], "");
  assert.ok(readFileSync(`/proc/${state.pid}/cmdline`, "utf8").startsWith("/bin/sleep"));
});

it("kill ends every process of a container without a pid namespace", (box) => {
  const { id, output } = box.create(["/bin/sh", "-c", "sleep 1000000 & echo $!; wait"], (config) =>
    removeNamespace(config, "pid"),
  );
  box.succeed(["start", id]);
  const child = until("the child's pid", () => /\d+/.exec(output())?.[0]);
  box.succeed(["kill", "--all", id, "KILL"]);
  until("the child to end", () => !existsSync(`/proc/${child}`));
  box.untilStatus(id, "stopped");
});

it("delete --force ends a container with children that share the host's pid namespace", (box) => {
  const { id, output } = box.create(["/bin/sh", "-c", "sleep 1000000 & echo $!; wait"], (config) =>
    removeNamespace(config, "pid"),
  );
  box.succeed(["start", id]);
  const child = until("the child's pid", () => /\d+/.exec(output())?.[0]);
  box.succeed(["delete", "--force", id]);
  until("the child to end", () => !existsSync(`/proc/${child}`));
  assert.match(box.fail(["state", id]), /container does not exist/);
});

it("kill knows signals by name, with and without SIG, and by number", (box) => {
  const script =
    'for s in HUP USR1 USR2; do trap "echo $s" $s; done; echo ready; while :; do sleep 0.01; done';
  const { id, output } = box.create(["/bin/sh", "-c", script]);
  box.succeed(["start", id]);
  until("the traps", () => output().includes("ready"));
  for (const [given, name] of [
    ["SIGHUP", "HUP"],
    ["USR1", "USR1"],
    ["12", "USR2"],
    ["hup", "HUP"],
  ] as const) {
    const before = output();
    box.succeed(["kill", id, given]);
    assert.equal(
      until(`${given} to arrive`, () => output() !== before && output().slice(before.length)),
      `${name}\n`,
    );
  }
});

it("kill sends SIGTERM unless told otherwise", (box) => {
  const { id, output } = box.create([
    "/bin/sh",
    "-c",
    "trap 'echo TERM' TERM; echo ready; while :; do sleep 0.01; done",
  ]);
  box.succeed(["start", id]);
  until("the trap", () => output().includes("ready"));
  box.succeed(["kill", id]);
  until("SIGTERM to arrive", () => output().endsWith("TERM\n"));
});

it("ps lists the container's processes", (box) => {
  const { id } = box.create(["/bin/sh", "-c", "sleep 1000000 & exec sleep 2000000"]);
  box.succeed(["start", id]);
  const list = () => JSON.parse(box.succeed(["ps", "--format", "json", id]).stdout) as number[];
  const pids = until("both processes", () => list().length === 2 && list());
  assert.ok(pids.includes(box.state(id).pid));
  const table = until("both programs", () => {
    const { stdout } = box.succeed(["ps", id, "-o", "pid,args"]);
    return stdout.includes("sleep 1000000") && stdout.includes("sleep 2000000") && stdout;
  });
  assert.match(table, /^\s*PID\s+COMMAND\n/);
});

it("list shows every container of its root", (box) => {
  const running = box.running();
  const { id: created } = box.create(["/bin/true"]);
  const rows = box.succeed(["list"]).stdout.trimEnd().split("\n");
  assert.match(rows[0] ?? "", /^ID +PID +STATUS +BUNDLE +CREATED +OWNER$/);
  assert.equal(rows.length, 3);
  const listed = JSON.parse(box.succeed(["list", "--format", "json"]).stdout) as {
    id: string;
    status: string;
    owner: string;
  }[];
  assert.deepEqual(
    listed.map(({ id, status, owner }) => ({ id, status, owner })),
    [
      { id: running, status: "running", owner: "root" },
      { id: created, status: "created", owner: "root" },
    ],
  );
  assert.equal(box.succeed(["list", "--quiet"]).stdout, `${running}\n${created}\n`);
});
