import assert from "node:assert/strict";
import { test } from "node:test";
import { liveParts } from "../../../scripts/addon/live-parts.ts";

const PAGE = 4096;

function fileOf(...pages: number[]): Buffer {
  return Buffer.concat(pages.map((value) => Buffer.alloc(PAGE, value)));
}

const gap = (pages: number) => Array.from({ length: pages }, () => 0);

test("liveParts() leaves long runs of zero pages out", () => {
  assert.deepEqual(liveParts(fileOf(1, ...gap(16), 2, 3)), [
    [0, PAGE],
    [17 * PAGE, 2 * PAGE],
  ]);
});

test("liveParts() keeps short runs", () => {
  assert.deepEqual(liveParts(fileOf(1, ...gap(15), 2)), [[0, 17 * PAGE]]);
});

test("liveParts() keeps zeros at the end, for the length", () => {
  const file = fileOf(1, ...gap(20));
  assert.equal(
    liveParts(file).reduce((end, [offset, length]) => Math.max(end, offset + length), 0),
    file.length,
  );
});
