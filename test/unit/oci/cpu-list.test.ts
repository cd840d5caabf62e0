import assert from "node:assert/strict";
import { test } from "node:test";
import { bitMask, LAST_CPU, parseCpuList } from "../../../src/oci/cpu-list.ts";

for (const [text, ranges] of [
  ["", []],
  [" , ,", []],
  ["0", [[0, 0]]],
  [
    "0-3,7",
    [
      [0, 3],
      [7, 7],
    ],
  ],
  [
    " 2-2 ,\t1000-2000,",
    [
      [2, 2],
      [1000, 2000],
    ],
  ],
  ["007", [[7, 7]]],
] as const) {
  test(`parseCpuList() reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(
      parseCpuList(text, LAST_CPU),
      ranges.map(([first, last]) => ({ first, last })),
    );
  });
}

for (const [text, fault] of [
  ["a", /^must be numbers and ranges such as "0-3,7", found "a"$/],
  ["0,1 2", /found "0,1 2"/],
  ["0 - 3", /found "0 - 3"/],
  ["-1", /found "-1"/],
  ["1-", /found "1-"/],
  ["1-2-3", /found "1-2-3"/],
  ["0x1", /found "0x1"/],
  ["3-1", /^has a range that ends before it begins: "3-1"$/],
  ["65536", /^must not name numbers above 65535, found "65536"$/],
  ["0-99999999999999999999", /^must not name numbers above 65535, found "0-9+"$/],
] as const) {
  test(`parseCpuList() refuses ${JSON.stringify(text)}`, () => {
    assert.match(String(parseCpuList(text, LAST_CPU)), fault);
  });
}

test("bitMask() sets the bits of the ranges, in whole words", () => {
  assert.deepEqual(bitMask([]), new Uint8Array());
  assert.deepEqual([...bitMask([{ first: 0, last: 0 }])], [1, 0, 0, 0, 0, 0, 0, 0]);
  const mask = bitMask([
    { first: 1, last: 2 },
    { first: 63, last: 64 },
  ]);
  assert.deepEqual([...mask], [6, 0, 0, 0, 0, 0, 0, 0x80, 1, 0, 0, 0, 0, 0, 0, 0]);
});

test("bitMask() reaches beyond 1024 CPUs", () => {
  const mask = bitMask([{ first: 1023, last: 1024 }]);
  assert.equal(mask.length, 136);
  assert.deepEqual([mask[127], mask[128]], [0x80, 1]);
});

test("bitMask() fills the bytes between, whatever the ends", () => {
  for (const first of [0, 1, 7, 8, 9, 15, 16]) {
    for (const last of [16, 17, 23, 24, 31, 63, 64]) {
      const mask = bitMask([{ first, last }]);
      for (let bit = 0; bit < mask.length * 8; bit++) {
        const isSet = (((mask[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1;
        assert.equal(isSet, bit >= first && bit <= last, `${bit} of ${first}-${last}`);
      }
    }
  }
});

test("parseCpuList() and bitMask() bear a list of a megabyte", () => {
  const ranges = parseCpuList("0-65535,".repeat(131_072), LAST_CPU);
  assert.ok(typeof ranges !== "string");
  assert.deepEqual(bitMask(ranges), new Uint8Array(8192).fill(0xff));
  assert.ok(String(parseCpuList("x".repeat(1_000_000), LAST_CPU)).length < 200);
});
