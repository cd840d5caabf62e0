import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBytes, parseDecimal, parseGoInteger, parseWeight } from "../../../src/cli/update-arguments.ts";

/** What engines' users may write (github.com/docker/go-units, RAMInBytes), in units of 1024. */
const sizes: readonly (readonly [text: string, bytes: number | bigint])[] = [
  ["-1", -1],
  ["0", 0],
  ["4096", 4096],
  ["4096b", 4096],
  ["4096B", 4096],
  ["64k", 65536],
  ["64K", 65536],
  ["64kb", 65536],
  ["64KiB", 65536],
  ["64 KiB", 65536],
  ["64M", 64 * 2 ** 20],
  ["2g", 2 * 2 ** 30],
  ["3T", 3 * 2 ** 40],
  ["1p", 2 ** 50],
  ["1.5M", 1.5 * 2 ** 20],
  [".5k", 512],
  ["1.k", 1024],
  ["0.3k", 307],
  ["9223372036854775807", 9223372036854775807n],
];

for (const [text, bytes] of sizes) {
  test(`parseBytes() reads ${text}`, () => assert.equal(parseBytes("memory", text), bytes));
}

for (const text of ["x", "-2", "1x", "1kk", "1kbi", "1ib", "b", "1  k", " 1", "1e3", "0x10", "1.2.3k", "."]) {
  test(`parseBytes() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseBytes("memory", text), {
      message: `invalid value for memory: invalid size: '${text}'`,
    });
  });
}

test("parseBytes() refuses what has more than 63 bits", () => {
  for (const text of ["9223372036854775808", "8192p", "9000.5p"]) {
    assert.throws(() => parseBytes("memory", text), {
      message: "invalid value for memory: value out of range",
    });
  }
});

test("parseDecimal() reads numbers of 64 bits", () => {
  assert.equal(parseDecimal("cpu-quota", "-1", "int64"), -1);
  assert.equal(parseDecimal("cpu-quota", "+5", "int64"), 5);
  assert.equal(parseDecimal("cpu-period", "18446744073709551615", "uint64"), 2n ** 64n - 1n);
  assert.equal(parseDecimal("cpu-period", "0100", "uint64"), 100);
});

test("parseDecimal() refuses what is none", () => {
  const message = 'invalid value for cpu-period: "x" is no number';
  assert.throws(() => parseDecimal("cpu-period", "x", "uint64"), { message });
  for (const text of ["-1", "+1", "1.5", "0x1", "1k"]) {
    assert.throws(
      () => parseDecimal("cpu-period", text, "uint64"),
      /^TsrunError: invalid value for cpu-period: |is no number/,
    );
  }
  const range = { message: "invalid value for cpu-quota: value out of range" };
  assert.throws(() => parseDecimal("cpu-quota", "9223372036854775808", "int64"), range);
});

test("parseGoInteger() reads what Go's flag package reads", () => {
  for (const [text, value] of [
    ["0", 0],
    ["-1", -1],
    ["+7", 7],
    ["0x1f", 31],
    ["010", 8],
    ["0o10", 8],
    ["0b101", 5],
  ] as const) {
    assert.equal(parseGoInteger("pids-limit", text), value, text);
  }
});

test("parseGoInteger() refuses the rest as Go's flag package does, with the command's help", () => {
  for (const text of ["", "x", "1.5", "08", "--1", "1 "]) {
    assert.throws(() => parseGoInteger("pids-limit", text), {
      message: `invalid value ${JSON.stringify(text)} for flag -pids-limit: parse error`,
      topic: "update",
    });
  }
});

test("parseWeight() leaves 0 out and refuses what no weight can be", () => {
  assert.equal(parseWeight("blkio-weight", "0"), undefined);
  assert.equal(parseWeight("blkio-weight", "500"), 500);
  assert.throws(() => parseWeight("blkio-weight", "65536"), /value out of range/);
  assert.throws(() => parseWeight("blkio-weight", "-1"), /value out of range/);
});

test("the flags of update that are absent or empty ask for nothing", () => {
  for (const text of [undefined, ""]) {
    assert.equal(parseBytes("memory", text), undefined);
    assert.equal(parseDecimal("cpu-quota", text, "int64"), undefined);
  }
  assert.equal(parseGoInteger("pids-limit", undefined), undefined);
});
