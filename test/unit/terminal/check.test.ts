import assert from "node:assert/strict";
import { test } from "node:test";
import { checkTerminal } from "../../../src/terminal/check.ts";
import { isForwarded, trapped } from "../../../src/terminal/forwarding.ts";

const untaken = /cannot allocate tty if runc will detach without setting console socket/;
const unsent = /cannot use console socket if runc will not detach or allocate tty/;

for (const [terminal, detach, socket, expected] of [
  [false, false, false, undefined],
  [false, true, false, undefined],
  [true, false, false, undefined],
  [true, true, true, undefined],
  [true, true, false, untaken],
  [true, false, true, unsent],
  [false, true, true, unsent],
  [false, false, true, unsent],
] as const) {
  test(`checkTerminal() of terminal ${terminal}, detach ${detach}, socket ${socket}`, () => {
    const check = (): void => checkTerminal({ terminal, detach, consoleSocket: socket ? "/s" : undefined });
    if (expected === undefined) assert.doesNotThrow(check);
    else assert.throws(check, expected);
  });
}

test("trapped holds what a foreground runtime forwards and nothing that the engine needs itself", () => {
  for (const signal of [1, 2, 3, 10, 12, 14, 15, 17, 18, 20, 28, 34, 64]) assert.ok(trapped.includes(signal));
  for (const signal of [9, 11, 19, 30, 32, 33]) assert.ok(!trapped.includes(signal));
});

test("isForwarded() keeps SIGCHLD and SIGWINCH", () => {
  assert.deepEqual(
    trapped.filter((signal) => !isForwarded(signal)),
    [17, 28],
  );
});
