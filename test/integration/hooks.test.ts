import assert from "node:assert/strict";
import { existsSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Config, Hook, HookKind } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine } from "../helpers/runtime.ts";
import type { Sandbox, State } from "../helpers/sandbox.ts";
import { until } from "../helpers/wait.ts";

leaveNothing();

const kinds: readonly HookKind[] = [
  "prestart",
  "createRuntime",
  "createContainer",
  "startContainer",
  "poststart",
  "poststop",
];

/** A hook that runs a line of shell; busybox has the same path inside and outside. */
const shell = (script: string): Hook => ({ path: "/bin/busybox", args: ["sh", "-c", script] });

/** The directory that all hooks can write to under the same path: startContainer hooks run inside. */
function shareFolder(box: Sandbox, config: Config): string {
  const folder = box.folder("shared");
  config.mounts.push({ destination: folder, type: "bind", source: folder, options: ["bind"] });
  config.root.readonly = false;
  return folder;
}

const lines = (file: string) => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);

it("hooks of all kinds run at their command, in their order", (box) => {
  let log = "";
  const { id } = box.create(["/bin/sleep", "1000000"], (config) => {
    log = join(shareFolder(box, config), "log");
    config.hooks = Object.fromEntries(
      kinds.map((kind) => [kind, [1, 2].map((number) => shell(`echo ${kind} ${number} >>${log}`))]),
    );
  });
  const both = (...some: HookKind[]) => some.flatMap((kind) => [`${kind} 1`, `${kind} 2`]);
  assert.deepEqual(lines(log), both("prestart", "createRuntime", "createContainer"));
  box.succeed(["start", id]);
  assert.deepEqual(
    lines(log),
    both("prestart", "createRuntime", "createContainer", "startContainer", "poststart"),
  );
  box.succeed(["kill", id, "KILL"]);
  box.untilStatus(id, "stopped");
  assert.equal(lines(log).length, 10, "poststop belongs to delete");
  box.succeed(["delete", id]);
  assert.deepEqual(lines(log).slice(10), both("poststop"));
});

it("hooks get the container's state on their standard input", (box) => {
  let folder = "";
  const { id } = box.create(["/bin/sleep", "1000000"], (config) => {
    folder = shareFolder(box, config);
    config.annotations = { "org.example.key": "value" };
    config.hooks = Object.fromEntries(
      kinds.map((kind) => [kind, [shell(`/bin/busybox cat >${join(folder, kind)}`)]]),
    );
  });
  const { pid, bundle } = box.state(id);
  box.succeed(["start", id]);
  box.succeed(["delete", "--force", id]);
  for (const kind of kinds) {
    const state = JSON.parse(readFileSync(join(folder, kind), "utf8")) as State;
    assert.deepEqual([state.id, state.bundle], [id, bundle], kind);
    assert.equal(state.annotations?.["org.example.key"], "value", kind);
    // config.md, "Hooks": the pid as seen from where the hook runs.
    const inside = kind === "createContainer" || kind === "startContainer";
    if (kind !== "poststop") {
      assert.equal(state.pid, inside ? 1 : pid, kind);
    }
  }
});

it("hooks see the status of the specification in their state", (box) => {
  let folder = "";
  const { id } = box.create(["/bin/sleep", "1000000"], (config) => {
    folder = shareFolder(box, config);
    config.hooks = Object.fromEntries(
      kinds.map((kind) => [kind, [shell(`/bin/busybox cat >${join(folder, kind)}`)]]),
    );
  });
  box.succeed(["start", id]);
  box.succeed(["delete", "--force", id]);
  const statuses = kinds.map(
    (kind) => (JSON.parse(readFileSync(join(folder, kind), "utf8")) as State).status,
  );
  // runtime.md, "State": creating is step 2 of the lifecycle, and hooks come after it; runtime-tools' hooks_stdin agrees.
  assert.deepEqual(statuses, ["created", "created", "created", "created", "running", "stopped"]);
});

it("hooks have the environment of config.json and nothing of the runtime's", (box) => {
  const file = join(box.directory, "environment");
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    config.hooks = {
      createRuntime: [
        { path: "/bin/busybox", args: ["sh", "-c", `/bin/busybox env >${file}`], env: ["ONE=1", "TWO=a=b"] },
      ],
    };
  });
  box.succeed(["run", "--bundle", bundle, box.newId()], { env: { LEAKED: "from the caller" } });
  // The shell itself exports these.
  const seen = lines(file).filter((line) => !/^(PWD|SHLVL|OLDPWD|PATH)=/.test(line));
  assert.deepEqual(seen.sort(), ["ONE=1", "TWO=a=b"]);
});

it("hooks without an environment have the caller's, and nothing of the engine's", (box) => {
  const file = join(box.directory, "environment");
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    config.hooks = { createRuntime: [shell(`/bin/busybox env >${file}`)] };
  });
  box.succeed(["run", "--bundle", bundle, box.newId()], { env: { MINE: "1" } });
  const seen = lines(file);
  assert.ok(seen.includes("MINE=1"), seen.join("\n"));
  assert.deepEqual(
    seen.filter((line) => /^(BUN|JSC|NODE)_/.test(line)),
    [],
  );
});

it("a hook's first argument is its own name, and no other descriptor of the runtime is open", (box) => {
  const file = join(box.directory, "seen");
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    const script = `echo "$0 $1" >${file}; for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do [ -e /proc/$$/fd/$n ] && echo open $n >>${file}; done; true`;
    config.hooks = { createRuntime: [{ path: "/bin/busybox", args: ["sh", "-c", script, "zero", "one"] }] };
  });
  box.succeed(["run", "--bundle", bundle, box.newId()]);
  assert.deepEqual(lines(file), ["zero one"]);
});

it("createRuntime hooks run in the runtime's namespaces, createContainer and startContainer hooks in the container's", (box) => {
  let folder = "";
  const { id } = box.create(["/bin/sleep", "1000000"], (config) => {
    folder = shareFolder(box, config);
    const note = (kind: HookKind) => [
      shell(`/bin/busybox readlink /proc/self/ns/net >${join(folder, kind)}`),
    ];
    config.hooks = {
      createRuntime: note("createRuntime"),
      createContainer: note("createContainer"),
      startContainer: note("startContainer"),
    };
  });
  const { pid } = box.state(id);
  const inside = readlinkSync(`/proc/${pid}/ns/net`);
  box.succeed(["start", id]);
  const seen = (kind: HookKind) => lines(join(folder, kind))[0];
  assert.equal(seen("createRuntime"), readlinkSync("/proc/self/ns/net"));
  assert.equal(seen("createContainer"), inside);
  assert.equal(seen("startContainer"), inside);
});

it("startContainer hooks are found in the container's root", (box) => {
  const { id, output } = box.create(["/bin/cat", "/tmp/from-hook"], (config) => {
    config.root.readonly = false;
    config.hooks = { startContainer: [{ path: "/tmp/only-inside", args: ["only-inside"] }] };
  });
  const rootfs = join(box.state(id).bundle, "rootfs");
  writeFileSync(join(rootfs, "tmp/only-inside"), "#!/bin/sh\necho made by the hook >/tmp/from-hook\n", {
    mode: 0o755,
  });
  box.succeed(["start", id]);
  box.untilStatus(id, "stopped");
  assert.equal(output(), "made by the hook\n");
});

for (const kind of ["prestart", "createRuntime", "createContainer"] as const) {
  it(`a ${kind} hook that fails ends create, runs no later hook and leaves nothing`, (box) => {
    const log = join(box.directory, "log");
    const bundle = box.bundle((config) => {
      config.hooks = {
        [kind]: [shell("exit 0"), shell("echo the reason >&2; exit 3"), shell(`echo later >${log}`)],
      };
    });
    const id = box.newId();
    assert.match(
      box.fail(["create", "--bundle", bundle, id]),
      new RegExp(`error running ${kind} hook #1: .*3`),
    );
    assert.ok(!existsSync(log));
    assert.match(box.fail(["state", id]), /container does not exist/);
    box.assertEmpty();
  });
}

it("a startContainer hook that fails ends the container before its program runs", (box) => {
  const { id, output } = box.create(["/bin/echo", "the program"], (config) => {
    config.hooks = { startContainer: [shell("exit 4")] };
  });
  const result = box.call(["start", id]);
  until("the container to end", () => ["stopped", undefined].includes(statusOf(box, id)));
  assert.equal(output().includes("the program"), false);
  assert.notEqual(result.status, 0);
  assert.match(lastLine(result), /error running startContainer hook #0: .*4/);
});

function statusOf(box: Sandbox, id: string): string | undefined {
  const { status, stdout } = box.call(["state", id]);
  return status === 0 ? (JSON.parse(stdout) as State).status : undefined;
}

it("a poststart hook that fails ends the container and runs no later hook", (box) => {
  const log = join(box.directory, "log");
  const { id } = box.create(["/bin/sleep", "1000000"], (config) => {
    config.hooks = { poststart: [shell("exit 5"), shell(`echo later >${log}`)] };
  });
  // runtime.md, "Lifecycle", step 9 since runtime-spec#1262: an error, where it had been a warning.
  assert.match(box.fail(["start", id]), /error running poststart hook #0: .*5/);
  until("the container to end", () => ["stopped", undefined].includes(statusOf(box, id)));
  assert.ok(!existsSync(log));
});

it("a poststop hook that fails is a warning: the others run and the container is deleted", (box) => {
  const log = join(box.directory, "log");
  const { id } = box.create(["/bin/true"], (config) => {
    config.hooks = { poststop: [shell("exit 6"), shell(`echo second >${log}`)] };
  });
  const result = box.succeed(["delete", "--force", id]);
  assert.match(result.stderr, /poststop hook #0: .*6/);
  assert.deepEqual(lines(log), ["second"]);
  assert.match(box.fail(["state", id]), /container does not exist/);
});

it("a hook that takes longer than its timeout is killed and fails", (box) => {
  const bundle = box.bundle((config) => {
    config.hooks = { createRuntime: [{ ...shell("exec /bin/busybox sleep 1000000"), timeout: 1 }] };
  });
  const line = box.fail(["create", "--bundle", bundle, box.newId()]);
  assert.match(line, /error running createRuntime hook #0: .*(timed out|timeout|1(\.0+)? ?s)/);
  box.assertEmpty();
});

it("a hook that does not read its standard input does no harm", (box) => {
  const result = box.run((config) => {
    config.process.args = ["/bin/true"];
    config.annotations = { "org.example.long": "x".repeat(200_000) };
    config.hooks = { createRuntime: [shell("exec <&-; exit 0")] };
  });
  assert.equal(result.status, 0, result.stderr);
});

it("a hook that is missing says so", (box) => {
  const bundle = box.bundle((config) => {
    config.hooks = { createRuntime: [{ path: "/not/there/hook" }] };
  });
  assert.match(
    box.fail(["create", "--bundle", bundle, box.newId()]),
    /hook #0: .*\/not\/there\/hook.*no such file or directory/,
  );
});

it("create refuses a hook with a relative path or an impossible timeout", (box) => {
  for (const hook of [
    { path: "bin/true" },
    { path: "/bin/true", timeout: -1 },
    { path: "/bin/true", timeout: 0 },
  ]) {
    const bundle = box.bundle((config) => {
      config.hooks = { createRuntime: [hook] };
    });
    box.fail(["create", "--bundle", bundle, box.newId()]);
  }
});
