import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { TsrunError } from "../../../src/base/errors.ts";
import { type CgroupWrite, carryOut, carryOutInTurn, isRefusal } from "../../../src/cgroups/write.ts";
import { SyscallError } from "../../../src/sys/syscall-error.ts";

const directory = mkdtempSync(join(tmpdir(), "tsrun-test-"));
after(() => rmSync(directory, { recursive: true }));

const write: CgroupWrite = {
  controller: "pids",
  file: "pids.max",
  value: "7",
  pointer: "/linux/resources/pids/limit",
};

test("carryOut() writes the value", () => {
  writeFileSync(join(directory, "there"), "");
  carryOut(directory, { ...write, file: "there" });
  assert.equal(readFileSync(join(directory, "there"), "utf8"), "7");
});

test("carryOut() names controller, value, file, errno and pointer of a failure", () => {
  assert.throws(
    () => carryOut(directory, write),
    (error) => {
      assert.ok(error instanceof TsrunError);
      assert.equal(error.message, `cgroup controller pids: writing "7" to ${directory}/pids.max`);
      assert.equal(error.pointer, write.pointer);
      assert.match(String(error.cause), /pids.max: no such file or directory$/);
      return true;
    },
  );
});

test("carryOut() names what a missing controller was to do", () => {
  assert.throws(() => carryOut(undefined, write), {
    message: 'cgroup controller pids: writing "7" to pids.max: the controller is not available',
    pointer: write.pointer,
  });
});

test("carryOut() takes the other file where the first is missing", () => {
  writeFileSync(join(directory, "other"), "");
  carryOut(directory, { ...write, otherwise: { ...write, file: "other", value: "8" } });
  assert.equal(readFileSync(join(directory, "other"), "utf8"), "8");
});

test("carryOut() does without a file that need not be there", () => {
  assert.doesNotThrow(() => carryOut(directory, { ...write, ifPresent: true }));
});

test("isRefusal() tells what the caller may not do, alone or as the cause of a step's failure", () => {
  for (const [errno, expected] of [
    [1, true],
    [13, true],
    [30, true],
    [2, false],
    [16, false],
  ] as const) {
    const cause = new SyscallError("mkdir", errno, "/sys/fs/cgroup/a");
    const step = new TsrunError("creating cgroup /sys/fs/cgroup/a", { cause });
    assert.deepEqual([isRefusal(cause), isRefusal(step)], [expected, expected], cause.message);
  }
  assert.equal(isRefusal(new TsrunError("no call failed")), false);
});

/** The files that are written, where `refused` is only once others are: @returns them in their order. */
function inTurn(writes: readonly Partial<CgroupWrite>[], errno: number): string[] {
  const done: string[] = [];
  carryOutInTurn(
    writes.map((one) => ({ ...write, ...one })),
    ({ file }) => {
      if (file === "early" && !done.includes("other")) {
        throw new TsrunError("step", { cause: new SyscallError("write", errno, file) });
      }
      done.push(file);
    },
  );
  return done;
}

test("carryOutInTurn() writes again after the others what the kernel refused while they were unchanged", () => {
  const early = { file: "early", later: "EINVAL" };
  assert.deepEqual(inTurn([early, { file: "other" }, { file: "third" }], 22), ["other", "third", "early"]);
  assert.throws(() => inTurn([early, { file: "other" }], 16), { message: "step" });
  assert.throws(() => inTurn([{ file: "early" }, { file: "other" }], 22), { message: "step" });
  assert.throws(() => inTurn([early, { file: "third" }], 22), { message: "step" });
});
