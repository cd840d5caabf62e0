// What `run` leaves of a container that it cannot start.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { runtimePath } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

function runFails(box: Sandbox, flags: readonly string[], adjust: (config: Config) => void): string {
  const id = box.newId();
  box.fail(["run", ...flags, "--bundle", box.bundle(adjust), id]);
  return id;
}

const missing: readonly (readonly [what: string, adjust: (config: Config) => void])[] = [
  ["its program is missing", (config) => (config.process.args = ["/nowhere"])],
  ["its program is none", (config) => (config.process.args = ["/etc"])],
];

for (const [what, adjust] of missing) {
  for (const flags of [[], ["--detach"]]) {
    it(`run --keep${flags.map((flag) => ` ${flag}`)} leaves a stopped container where ${what}`, (box) => {
      const id = runFails(box, ["--keep", ...flags], adjust);
      assert.equal(box.state(id).status, "stopped");
      box.succeed(["delete", id]);
      box.assertEmpty();
    });
  }

  it(`run leaves nothing where ${what}`, (box) => {
    const id = runFails(box, [], adjust);
    assert.match(box.fail(["delete", id]), /container does not exist/);
    box.assertEmpty();
  });
}

it("run --keep leaves a stopped container whose startContainer hook fails, and delete runs its poststop hooks", (box) => {
  const [log, fails] = [join(box.directory, "poststop"), [{ path: "/bin/false" }]];
  const id = runFails(box, ["--keep"], (config) => {
    config.hooks = { startContainer: fails, poststop: [{ path: "/bin/touch", args: ["touch", log] }] };
  });
  assert.equal(box.state(id).status, "stopped");
  box.succeed(["delete", id]);
  assert.equal(box.read(log), "");
});

it("run --keep leaves nothing that delete finds where a mount fails", (box) => {
  const id = runFails(box, ["--keep"], (config) => {
    config.mounts.push({ destination: "/tmp", type: "bind", source: "/nowhere", options: ["bind"] });
  });
  assert.match(box.fail(["delete", id]), /container does not exist/);
  box.assertEmpty();
});

it("run heeds SIGTERM while nobody writes its configuration", (box) => {
  const bundle = box.bundle();
  rmSync(join(bundle, "config.json"));
  execFileSync("mkfifo", [join(bundle, "config.json")]);
  const call = [runtimePath, "--root", box.root, "run", "--bundle", bundle, box.newId()];
  // timeout(1): 124 for what ends by its first signal, 137 for what has to be killed.
  assert.equal(spawnSync("timeout", ["--kill-after=10", "2", ...call]).status, 124);
});
