import fc from "fast-check";
import { type Json, Spelled } from "./json.ts";

/** Texts that programs stumble over, none longer than a page. */
const short = [
  ...["", " ", "\0", "a\0b", "\n", "a\nb", "\r", "\t", "\u001b[31m", "\ud800", "é", "😀", "\u202e", "\ufeff"],
  ...["/", "//", "///x", ".", "..", "../../..", "/..", "a/../../b", "~", "/proc/self/fd/7", "/dev/fd/0"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "length", "null", "undefined", "true", "[]"],
  ...["-1", "0", "01", "0x10", "1e9", "1.5", "18446744073709551616", "9".repeat(400), "NaN", "Infinity", "-"],
  ...[
    "%s%n%d",
    "%",
    "$(reboot)",
    "`id`",
    "';--",
    '"',
    "\\",
    "*",
    "?",
    "[a",
    "a=b",
    "=",
    "=a",
    ",",
    ",,",
    ":",
    ";",
  ],
  ...["a".repeat(255), "a".repeat(256), "é".repeat(64), "a/".repeat(2048)],
];

/** Texts that are long, or that make a careless pattern try for ever. */
const long = [
  "a".repeat(4096),
  "a".repeat(65_536),
  "a".repeat(70_000),
  `${"0".repeat(50_000)}!`,
  `${" ".repeat(50_000)}x`,
  `${"a ".repeat(25_000)}\n`,
  "/".repeat(65_536),
  "../".repeat(20_000),
  "a,".repeat(30_000),
  "0-1,".repeat(20_000),
  "a=b,".repeat(20_000),
  ", open '".repeat(10_000),
  "\\040".repeat(10_000),
  "%d".repeat(30_000),
  "\n".repeat(50_000),
  "\u0000".repeat(10_000),
  "😀".repeat(20_000),
];

export const hostileStrings: fc.Arbitrary<string> = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...short) },
  { weight: 20, arbitrary: fc.string({ unit: "binary", maxLength: 20 }) },
  { weight: 4, arbitrary: fc.constantFrom(...long) },
);

/** A megabyte, at the rate of one document in a few hundred. */
export const hugeString: fc.Arbitrary<string> = fc.constantFrom("a", "\n", "/", "é", "\0").map((unit) => {
  return unit.repeat(1_000_000);
});

const numbers: readonly Json[] = [
  ...[0, -0, 1, -1, 2, 1.5, 4095, 4096, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32],
  ...[-(2 ** 31), -(2 ** 31) - 1, 2 ** 53, 2 ** 53 + 2, 2 ** 63, 2 ** 64, -(2 ** 63), 1e21, 1e300, 5e-324],
  ...["9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551615"].map(
    spelled,
  ),
  ...["18446744073709551616", "1e999", "-1e999", "1.0", "1E2", "0.1e1", "-0.0", "9".repeat(5000)].map(
    spelled,
  ),
];

function spelled(digits: string): Spelled {
  return new Spelled(digits);
}

export const hostileNumbers: fc.Arbitrary<Json> = fc.constantFrom(...numbers);

/** A value nested `depth` times; of lists and objects by turns. */
export function nested(depth: number): string {
  const pairs = Math.ceil(depth / 2);
  return `${'[{"a":'.repeat(pairs)}0${"}]".repeat(pairs)}`;
}

/** Anything where something else is expected. */
export const hostileValues: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: hostileStrings },
  { weight: 4, arbitrary: hostileNumbers },
  { weight: 4, arbitrary: fc.constantFrom<Json>(null, true, false, [], {}, [null], [[]], [{}], { "": "" }) },
  { weight: 1, arbitrary: fc.constantFrom(10, 500, 3000).map((depth) => new Spelled(nested(depth))) },
  { weight: 1, arbitrary: fc.constant<Json>(Array.from({ length: 2000 }, () => "")) },
);
