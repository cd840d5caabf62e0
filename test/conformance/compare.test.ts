import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findMismatch } from "./compare.ts";
import type { Expectation } from "./expected.ts";
import { machineHas } from "./machine.ts";

const run = { status: 0, stdout: "", stderr: "", abandoned: [], left: [] };
const passed = { program: "state", fault: undefined, left: [], run, seconds: 1 };
const failed = { ...passed, fault: "not ok 1" };
const list = "passes, and test/conformance/expected.ts says that it fails";

describe("findMismatch()", () => {
  const cases: readonly [Expectation, string | undefined, string | undefined][] = [
    [{ verdict: "pass" }, undefined, "not ok 1"],
    [{ verdict: "impossible", reason: "a fault" }, `${list}: a fault`, undefined],
  ];
  for (const [expectation, whenPassed, whenFailed] of cases) {
    test(`judges a program marked ${expectation.verdict}`, () => {
      assert.equal(findMismatch(expectation, passed), whenPassed);
      assert.equal(findMismatch(expectation, failed), whenFailed);
    });
  }

  test("wants a program to fail where the machine lacks what it needs", () => {
    const onSelinux = machineHas("SELinux");
    const mismatch = findMismatch({ verdict: "depends", needs: "SELinux" }, passed);
    assert.equal(mismatch, onSelinux ? undefined : `${list}: this machine lacks SELinux`);
    assert.equal(findMismatch({ verdict: "depends", needs: "SELinux" }, failed), undefined);
  });

  test("refuses what a runtime leaves behind, whatever the verdict", () => {
    const result = { ...failed, left: ["process 7 sleep", "cgroup /sys/fs/cgroup/pids/x"] };
    assert.equal(
      findMismatch({ verdict: "impossible", reason: "a fault" }, result),
      "left behind: process 7 sleep, cgroup /sys/fs/cgroup/pids/x",
    );
  });

  test("refuses a program that nobody expects", () => {
    assert.equal(findMismatch(undefined, passed), "has no entry in test/conformance/expected.ts");
  });
});
