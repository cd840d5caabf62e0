// A caller with little left of what it may use: descriptors, file sizes, processes, memory.
import assert from "node:assert/strict";
import type { Config } from "../../helpers/config.ts";
import { it } from "../../helpers/it.ts";
import { leaveNothing } from "../../helpers/leftovers.ts";
import { lastLine } from "../../helpers/runtime.ts";
import type { Sandbox } from "../../helpers/sandbox.ts";

leaveNothing();

const unlimited = (config: Config) => {
  config.process.args = ["/bin/sleep", "1000000"];
  config.process.rlimits = [];
};

/** Fails unless a command that did not succeed ended by itself and said why. */
function assertClear(
  box: Sandbox,
  args: readonly string[],
  through: readonly string[],
  words: RegExp,
): boolean {
  const result = box.call(args, { through });
  assert.equal(result.signal, null, `${args[0]} hung`);
  if (result.status === 0) return true;
  assert.match(lastLine(result), words, args[0]);
  assert.doesNotMatch(result.stderr, /^\s+at /m, "a stack was shown");
  return false;
}

it("create fails cleanly with few descriptors, however many it may open", (box) => {
  const bundle = box.bundle(unlimited);
  let created = false;
  // Fewer are not enough for the engine itself, and its native code.
  for (let limit = 8; !created; limit++) {
    assert.ok(limit < 64, "not even with 64");
    const through = ["prlimit", `--nofile=${limit}`];
    const id = box.newId();
    created = assertClear(box, ["create", "--bundle", bundle, id], through, /too many open files/);
    if (created) box.succeed(["start", id]);
    if (created) box.succeed(["delete", "--force", id]);
    box.assertEmpty();
  }
});

for (const [command, args] of [
  ["exec", ["/bin/true"]],
  ["state", []],
  ["kill", ["0"]],
  ["update", ["--pids-limit", "30"]],
  ["ps", []],
  ["pause", []],
  ["delete", []],
] as const) {
  it(`${command} never takes a container for another with few descriptors`, (box) => {
    const id = box.running(unlimited);
    const words = /too many open files|that is not stopped: running/;
    for (let limit = 4; limit < 24; limit += 1) {
      const through = ["prlimit", `--nofile=${limit}`];
      const result = box.call([command, id, ...args], { through });
      assert.equal(result.signal, null);
      // With 4 descriptors the engine cannot be loaded, and says so in its own words.
      if (result.status !== 0 && limit > 4) assert.match(lastLine(result), words, `${limit} descriptors`);
      if (command === "pause" && result.status === 0) box.succeed(["resume", id]);
      assert.equal(box.state(id).status, "running", `${limit} descriptors`);
    }
  });
}

it("a container lives with a caller that may lock no memory, queue no signals and dump no core", (box) => {
  const id = box.newId();
  const through = ["prlimit", "--memlock=0", "--sigpending=0", "--core=0", "--msgqueue=0", "--nproc=1"];
  box.succeed(["create", "--bundle", box.bundle(unlimited), id], { through });
  for (const args of [
    ["start", id],
    ["exec", id, "/bin/true"],
    ["kill", id, "KILL"],
    ["delete", "--force", id],
  ]) {
    box.succeed(args, { through });
  }
});

it("create fails cleanly where it may write no file", (box) => {
  const args = ["create", "--bundle", box.bundle(unlimited), box.newId()];
  assert.equal(assertClear(box, args, ["prlimit", "--fsize=4096"], /file too large/), false);
  box.assertEmpty();
});
