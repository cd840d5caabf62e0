import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { it } from "../helpers/it.ts";
import { leaveNothing } from "../helpers/leftovers.ts";
import type { CallOptions } from "../helpers/runtime.ts";
import type { Sandbox } from "../helpers/sandbox.ts";

leaveNothing();

const executable = resolve("build/tsrun-faults");

/** Which record of init exchanges /proc/PID/exe (PR_SET_MM), counted from 1 as the faults are. */
function sealingRecord(box: Sandbox, bundle: string): number {
  const log = join(box.directory, "debug.log");
  box.succeed(["--debug", "--log", log, "run", "--bundle", bundle, box.newId()], { executable });
  const records = box
    .read(log)
    .split("\n")
    .filter((line) => line.includes('msg="init '));
  return records.findIndex((line) => line.includes("prctl(35, 14,")) + 1;
}

/** Runs a program while the kernel seems to refuse the exchange. */
function runUnsealed(
  box: Sandbox,
  args: string[],
  prepare: (bundle: string) => void = () => undefined,
  options: CallOptions & { flags?: readonly string[] } = {},
) {
  const bundle = box.bundle((config) => {
    config.process.args = ["/bin/true"];
  });
  const record = sealingRecord(box, bundle);
  assert.ok(record > 0, "no record seals init");
  const target = box.bundle((config) => {
    config.process.args = args;
  });
  prepare(target);
  const mark = join(box.directory, "struck");
  const env = { TSRUN_FAIL_RECORD: String(record), TSRUN_FAULT_MARK: mark };
  const { flags = [], ...rest } = options;
  const call = ["run", "--bundle", target, ...flags, box.newId()];
  const result = box.call(call, { ...rest, executable, env: { ...rest.env, ...env } });
  assert.ok(existsSync(mark), "the fault was not injected");
  return result;
}

it("run starts over from where it is read-only where sealing is refused (CVE-2019-5736)", (box) => {
  const result = runUnsealed(box, ["/bin/echo", "from the container"]);
  assert.equal(result.stderr, "");
  assert.equal(result.status, 0);
  assert.equal(result.stdout, "from the container\n");
});

it("an entry point that names /proc/self/exe fails where sealing is refused, too", (box) => {
  const result = runUnsealed(box, ["/entry"], (bundle) => {
    writeFileSync(join(bundle, "rootfs/entry"), "#!/proc/self/exe\n", { mode: 0o755 });
  });
  assert.notEqual(result.status, 0);
});

it("preserved descriptors and a large environment survive where sealing is refused", (box) => {
  const shared = ["three", "four", "five"].map((text) => {
    const file = join(box.directory, text);
    writeFileSync(file, `${text}\n`);
    return openSync(file, "r");
  });
  const env = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`V${index}`, "x".repeat(120_000)]),
  );
  const flags = ["--preserve-fds", "3"];
  const result = runUnsealed(box, ["/bin/sh", "-c", "cat <&3; cat <&4; cat <&5"], undefined, {
    flags,
    env,
    descriptors: shared,
  });
  shared.forEach(closeSync);
  assert.equal(result.stderr, "");
  assert.equal(result.stdout, "three\nfour\nfive\n");
});
