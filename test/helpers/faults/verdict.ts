// What holds for every command that a fault has struck, whatever the command and the fault.
import assert from "node:assert/strict";
import { processesMarked } from "../leftovers.ts";
import { lastLine, type Result } from "../runtime.ts";
import type { Sandbox } from "../sandbox.ts";

/** The engine's own words, and its stack traces: what is thrown by mistake, or not by us. */
const engineText =
  /\n\s+at |TypeError|ReferenceError|RangeError|SyntaxError|is not (?:a function|defined|an object|iterable)|\[object |bun\.report|panic|\bBun\b/i;

/** One line that names an action, an object and the reason: `open /x: too many open files`. */
const clear = /^time="[^"]+" level=error msg="[^\s:]+:? (?:[^"\\]|\\.)+: (?:[^"\\]|\\.)+"$/;

/** Texts that engines wait for; they have no cause. */
const known = /msg="container (?:not running|does not exist|not paused)"$/;

/** Fails unless the command ended by itself: in time, and not by a crash. What hangs is killed for good. */
export function assertEnded(box: Sandbox, result: Result, what: string): void {
  if (result.signal !== null) for (const pid of processesMarked(box.directory)) kill(Number(pid));
  assert.equal(result.signal, null, `${what}: hung or crashed: ${result.stderr}`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** Fails unless a command that failed says so in one clear last line, with the status that it should have. */
export function assertClear(result: Result, status: number, what: string): void {
  assert.equal(result.status, status, `${what}: ${result.stderr}`);
  const line = lastLine(result);
  assert.ok(clear.test(line) || known.test(line), `${what}: not clear: ${line}`);
  assert.doesNotMatch(result.stderr, engineText, what);
}

/** Fails unless others can still be told of the container, or that it is not there; @returns its status, if it has one. */
export function assertTold(box: Sandbox, id: string, what: string): string | undefined {
  box.succeed(["list"]);
  const state = box.call(["state", id]);
  if (state.status === 0) return (JSON.parse(state.stdout) as { status: string }).status;
  assert.match(lastLine(state), /msg="container does not exist"$/, `${what}: state: ${state.stderr}`);
  return undefined;
}

/** Fails unless `delete --force` takes away all that there still is. */
export function assertGoes(box: Sandbox, id: string, what: string): void {
  const { status, stderr } = box.call(["delete", "--force", id]);
  assert.equal(status, 0, `${what}: delete --force: ${stderr}`);
  try {
    box.assertEmpty();
  } catch (cause) {
    throw new Error(`${what}: something was left`, { cause });
  }
}
