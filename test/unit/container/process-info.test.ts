import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pid } from "node:process";
import { test } from "node:test";
import { processInfo } from "../../../src/container/process-info.ts";
import { withDirectory } from "../../helpers/directory.ts";
import { until } from "../../helpers/wait.ts";

test("processInfo() reads state and start time of a process", () => {
  const info = processInfo(pid);
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)?.split(" ") ?? [];
  assert.equal(info?.state, "R");
  assert.equal(info.startTime, Number(fields[19]));
  assert.ok(info.startTime > 0);
  assert.ok(info.hasExecuted);
});

test("processInfo() knows no process 0 and none that has ended", () => {
  assert.equal(processInfo(0), undefined);
  assert.equal(processInfo(2 ** 22 + 1), undefined);
});

test("processInfo() is not misled by a program's name", () => {
  withDirectory((directory) => {
    const program = join(directory, "a) Z (b 1 2 3");
    copyFileSync("/bin/sleep", program);
    const child = spawn(program, ["1000"], { stdio: "ignore" });
    const named = () => readFileSync(`/proc/${child.pid}/stat`, "latin1").includes("(a) Z (b");
    until("the program to run", named);
    const info = processInfo(child.pid ?? 0);
    child.kill("SIGKILL");
    assert.match(info?.state ?? "", /^[RSD]$/);
    assert.ok((info?.startTime ?? 0) >= (processInfo(pid)?.startTime ?? 0));
  });
});

test("processInfo() says that a process has ended and was not reaped", () => {
  const child = spawn("true", { stdio: "ignore" });
  // This thread does not reap: Node's event loop does, and it waits for us.
  until("the process to end", () => processInfo(child.pid ?? 0)?.state === "Z");
});
