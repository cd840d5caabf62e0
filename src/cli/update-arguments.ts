import { TsrunError } from "../base/errors.ts";
import { flagError } from "./usage-error.ts";

const [INT64_MIN, INT64_MAX, UINT64_MAX] = [-(2n ** 63n), 2n ** 63n - 1n, 2n ** 64n - 1n];
const UINT16_MAX = 0xffffn;

function within(name: string, value: bigint, least: bigint, most: bigint): number | bigint {
  if (value < least || value > most) throw new TsrunError(`invalid value for ${name}: value out of range`);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function syntaxError(name: string, text: string): TsrunError {
  return new TsrunError(`invalid value for ${name}: ${JSON.stringify(text)} is no number`);
}

/** A flag's decimal number of 64 bits; undefined where the flag is absent or empty. @throws TsrunError */
export function parseDecimal(
  name: string,
  text: string | undefined,
  type: "int64" | "uint64",
): number | bigint | undefined {
  if (text === undefined || text === "") return undefined;
  const pattern = type === "int64" ? /^[+-]?[0-9]+$/ : /^[0-9]+$/;
  if (!pattern.test(text)) throw syntaxError(name, text);
  const value = BigInt(text.replace(/^\+/, ""));
  return type === "int64" ? within(name, value, INT64_MIN, INT64_MAX) : within(name, value, 0n, UINT64_MAX);
}

/** A flag's integer as Go's flag package reads one: decimal, 0x…, 0o…, 0b…, 010. @throws TsrunError */
export function parseGoInteger(name: string, text: string | undefined): number | bigint | undefined {
  if (text === undefined) return undefined;
  const [, sign, digits = ""] =
    /^([+-]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|[1-9][0-9]*|0)$/.exec(text) ?? [];
  if (digits === "") {
    throw flagError(`invalid value ${JSON.stringify(text)} for flag -${name}: parse error`, "update");
  }
  const value = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return within(name, sign === "-" ? -value : value, INT64_MIN, INT64_MAX);
}

/** The weight of a cgroup; 0 and absence mean that it stays. @throws TsrunError where it is no number of 16 bits */
export function parseWeight(name: string, text: string | undefined): number | undefined {
  const value = parseGoInteger(name, text);
  if (value === undefined || value === 0) return undefined;
  return Number(within(name, BigInt(value), 0n, UINT16_MAX));
}

const powers = "bkmgtp";
const KIBI = 1024;

/**
 * Bytes as engines' users write them: 64M, 1.5 GiB, 512kb (units of 1024), or -1 for no limit; undefined where the flag is
 * absent or empty. @throws TsrunError
 */
export function parseBytes(name: string, text: string | undefined): number | bigint | undefined {
  if (text === undefined || text === "") return undefined;
  if (text === "-1") return -1;
  const [, digits, unit = "b"] = /^([0-9]+) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text) ?? [];
  if (digits !== undefined) {
    const factor = BigInt(KIBI) ** BigInt(powers.indexOf(unit.toLowerCase()));
    return within(name, BigInt(digits) * factor, 0n, INT64_MAX);
  }
  const [, decimal, decimalUnit = "b"] =
    /^([0-9]*\.[0-9]+|[0-9]+\.) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text) ?? [];
  if (decimal === undefined) throw new TsrunError(`invalid value for ${name}: invalid size: '${text}'`);
  const factor = KIBI ** powers.indexOf(decimalUnit.toLowerCase());
  return within(name, BigInt(Math.trunc(Number(decimal) * factor)), 0n, INT64_MAX);
}
