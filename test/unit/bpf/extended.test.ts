import assert from "node:assert/strict";
import { test } from "node:test";
import {
  and,
  copy,
  encode,
  exit,
  jumpIfEqual,
  jumpUnlessEqual32,
  loadWord,
  move,
  shiftRight,
} from "../../../src/bpf/extended.ts";

/** The text as LLVM writes it, and the bytes by the tables of the instruction set. */
const cases = [
  ["r2 = *(u32 *)(r1 + 4)", loadWord(2, 1, 4), "6112040000000000"],
  ["r0 = 1", move(0, 1), "b700000001000000"],
  ["r6 = r3", copy(6, 3), "bf36000000000000"],
  ["r2 &= 65535", and(2, 0xffff), "57020000ffff0000"],
  ["r3 >>= 16", shiftRight(3, 16), "7703000010000000"],
  ["if r6 == 0 goto +2", jumpIfEqual(6, 0, 2), "1506020000000000"],
  ["if w2 != 2 goto +9", jumpUnlessEqual32(2, 2, 9), "5602090002000000"],
  ["exit", exit(), "9500000000000000"],
] as const;

for (const [text, instruction, bytes] of cases) {
  test(`encode() writes ${text}`, () => {
    assert.equal(Buffer.from(encode([instruction])).toString("hex"), bytes);
  });
}
