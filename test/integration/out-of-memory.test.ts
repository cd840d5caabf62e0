import assert from "node:assert/strict";
import { isV1 } from "../helpers/cgroups.ts";
import type { Config } from "../helpers/config.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import { runtimeName } from "../helpers/runtime.ts";
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

for (const limit of [4 * KiB, 16 * KiB, 64 * KiB]) {
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

it("start says that its init was killed for want of memory, at once or the next time", (box) => {
  // As far as the gate or the program; where exactly depends on what the kernel counts.
  const bundle = box.bundle(withLimit(128 * KiB));
  const id = box.newId();
  const results = [
    ["create", "--bundle", bundle, id],
    ["start", id],
    ["start", id],
  ].map((args) => box.call(args));
  const failed = results.find(({ status }) => status !== 0);
  assert.match(failed?.stderr ?? "", words);
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
