import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSignal } from "../../../src/container/parse-signal.ts";

const accepted: readonly (readonly [text: string, number: number])[] = [
  ["0", 0],
  ["9", 9],
  ["009", 9],
  ["64", 64],
  ["KILL", 9],
  ["sigkill", 9],
  ["SIGRTMIN+3", 37],
];

for (const [text, number] of accepted) {
  test(`parseSignal() takes ${text}`, () => {
    assert.equal(parseSignal(text), number);
  });
}

for (const text of ["", "65", "-9", "9.5", "0x9", "BOGUS", "SIG9"]) {
  test(`parseSignal() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseSignal(text), { message: `unknown signal ${JSON.stringify(text)}` });
  });
}
