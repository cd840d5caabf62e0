import assert from "node:assert/strict";
import { isV1 } from "../helpers/cgroups.ts";
import type { Config } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { lastLine, runtimeName } from "../helpers/runtime.ts";
import { skipUnless } from "../helpers/skip.ts";

leaveNothing();

const KiB = 1024;
/** runc, which is bigger, is refused most of these limits before its init can be killed. */
const words =
  runtimeName === "tsrun"
    ? /container init was OOM-killed \(memory limit too low\?\)/
    : /OOM-killed|unable to set memory limit/;

function withLimit(limit: number, more: object = {}): (config: Config) => void {
  return (config) => {
    config.process.args = ["/bin/true"];
    config.linux.resources = { memory: { limit, ...more } };
  };
}

for (const limit of [4 * KiB, 16 * KiB]) {
  for (const command of ["create", "run"]) {
    it(`${command} says that a memory limit of ${limit / KiB} KiB is too low`, (box) => {
      const error = box.fail([command, "--bundle", box.bundle(withLimit(limit)), box.newId()]);
      assert.match(error, words);
      if (runtimeName !== "tsrun") return;
      assert.match(error, /\(config\.json: \/linux\/resources\/memory\/limit\)/);
      assert.match(error, new RegExp(`the limit is ${limit} bytes; a container takes up to 512 KiB`));
    });
  }
}

it("a container starts with a memory limit of 1 MiB", (box) => {
  assert.equal(box.run(withLimit(KiB * KiB)).status, 0);
});

it("create and start say that init was killed for want of memory, at once or the next time", (box) => {
  // What is enough depends on the kernel; the last is not.
  const failures = [192, 128, 96, 64, 48, 32, 16].map((limit) => {
    const bundle = box.bundle(withLimit(limit * KiB));
    const id = box.newId();
    const calls = [
      ["create", "--bundle", bundle, id],
      ["start", id],
      ["start", id],
    ];
    for (const args of calls) {
      const result = box.call(args);
      if (result.status !== 0) return lastLine(result);
    }
    return box.fail(["start", id]);
  });
  // Where the program has run it may be that it still does.
  const enough = /cannot start (a container that has stopped|an already running container)"?$/;
  assert.deepEqual(
    failures.filter((error) => !words.test(error) && !enough.test(error)),
    [],
  );
  assert.match(failures.at(-1) ?? "", words);
});

it("a container without an OOM killer is refused what is too much", (box, t) => {
  if (!skipUnless(t, isV1, "cgroupV1")) return;
  const error = box.fail([
    "create",
    "--bundle",
    box.bundle(withLimit(64 * KiB, { disableOOMKiller: true })),
    box.newId(),
  ]);
  assert.match(
    error,
    runtimeName === "tsrun" ? /container init was refused memory/ : /unable to set memory limit/,
  );
});
