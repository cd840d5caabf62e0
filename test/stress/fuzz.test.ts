// Generated configurations, run. TSRUN_FUZZ_SEED=number (or "random") for others than CI's; TSRUN_STRESS=full for more.
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { makeRootfs } from "../helpers/bundle.ts";
import { fuzzSeed, isFull } from "../helpers/fuzz/amount.ts";
import { runnableConfigs } from "../helpers/fuzz/documents.ts";
import { type JsonObject, write } from "../helpers/fuzz/json.ts";
import { ScratchMachine } from "../helpers/fuzz/machine.ts";
import { faultOfResult } from "../helpers/fuzz/result.ts";
import { tame } from "../helpers/fuzz/tame.ts";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

const runs = isFull ? 5000 : 500;

/** A root file system is used by so many: configurations make files in it. */
const RUNS_A_ROOT = 25;
/** The status with which the one program ends that does not end well: see words.ts. */
const OWN_STATUS = 3;

/** Runs one configuration and returns what is wrong with how it went. */
function runOne(
  box: Sandbox,
  machine: ScratchMachine,
  bundle: string,
  config: JsonObject,
): string | undefined {
  writeFileSync(join(bundle, "config.json"), write(config));
  const id = box.newId();
  const fault = faultOfResult(box.call(["run", "--bundle", bundle, id], { through: machine.through }), [
    OWN_STATUS,
  ]);
  if (fault !== undefined) return fault;
  return box.containers().length === 0 ? undefined : "left its state behind";
}

it(`${runs} generated configurations end in success or one line, and leave nothing`, (box) => {
  using machine = new ScratchMachine();
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
    config.linux.namespaces.push({ type: "time" });
  });
  const base = JSON.parse(readFileSync(join(bundle, "config.json"), "utf8")) as JsonObject;
  const before = machine.inventory();
  for (const [index, config] of fc
    .sample(runnableConfigs(base), { seed: fuzzSeed, numRuns: runs })
    .entries()) {
    if (index % RUNS_A_ROOT === 0) {
      rmSync(join(bundle, "rootfs"), { recursive: true });
      makeRootfs(join(bundle, "rootfs"));
    }
    const tamed = tame(config, box.newId());
    const fault = runOne(box, machine, bundle, tamed);
    const text = write(tamed).slice(0, 4000);
    assert.equal(fault, undefined, `TSRUN_FUZZ_SEED=${fuzzSeed}, configuration ${index}: ${fault}: ${text}`);
  }
  assert.deepEqual(machine.newSince(before), []);
  box.assertEmpty();
});
