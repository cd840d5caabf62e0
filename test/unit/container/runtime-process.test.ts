import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { processInfo } from "../../../src/container/process-info.ts";
import { hasEnded, thisRuntime } from "../../../src/container/runtime-process.ts";
import { until } from "../../helpers/wait.ts";

const own = thisRuntime();
assert.ok(own !== undefined);

test("hasEnded() knows a process that is there", () => {
  assert.equal(hasEnded(own), false);
});

test("hasEnded() is not misled by another process of the number", () => {
  assert.equal(hasEnded({ ...own, startTime: own.startTime + 1 }), true);
});

test("hasEnded() says of a zombie that it has ended", async () => {
  const child = spawn("/bin/true");
  const pid = child.pid ?? 0;
  const startTime = processInfo(pid)?.startTime ?? 0;
  // Nobody reaps it before this test goes back to the event loop.
  until("the process to end", () => processInfo(pid)?.state === "Z");
  assert.equal(hasEnded({ ...own, pid, startTime }), true);
  await new Promise((done) => child.once("exit", done));
  assert.equal(hasEnded({ ...own, pid, startTime }), true);
});

test("hasEnded() does not tell of a process that another pid namespace counts", () => {
  assert.equal(hasEnded({ ...own, pidNamespace: own.pidNamespace + 1 }), undefined);
});
