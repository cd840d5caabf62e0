import { TsrunError } from "../base/errors.ts";
import { flagError } from "./usage-error.ts";

/** Units of Go's time.ParseDuration, in milliseconds; µ has two code points in Unicode. */
const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Sticky, and with one way to read digits: whatever length a text has, it is gone through once. */
const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;
/** The least that is not 0 to Go. */
const NANOSECOND = 1e-6;
/** The highest that Go can say: 2^63 - 1 ns, 292 years. */
const LONGEST_MS = 9_223_372_036_854;

/** A duration as Go's time.ParseDuration reads one (`1m30s`, `1.5s`, `-2h`, `0`), in milliseconds; undefined if it is none. */
export function parseDuration(text: string): number | undefined {
  const [, sign = "", digits = ""] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  if (digits === "0") return 0;
  const sum = sumOf(digits);
  if (sum === undefined || sum > LONGEST_MS) return undefined;
  return sign === "-" ? -sum : sum;
}

/** Milliseconds of numbers with units, one after the other; undefined for anything else. */
function sumOf(digits: string): number | undefined {
  let sum = 0;
  part.lastIndex = 0;
  do {
    const [, number, unit = ""] = part.exec(digits) ?? [];
    if (number === undefined) return undefined;
    sum += Number(number) * (units[unit] ?? 0);
  } while (part.lastIndex < digits.length);
  return sum;
}

/**
 * The value of `--interval`, in milliseconds.
 * @throws UsageError in the words of Go's flag package; TsrunError, in runc's, unless it is above 0
 */
export function intervalOf(text: string, topic: string): number {
  const interval = parseDuration(text);
  if (interval === undefined) {
    throw flagError(`invalid value ${JSON.stringify(text)} for flag -interval: parse error`, topic);
  }
  if (interval < NANOSECOND) throw new TsrunError("duration interval must be greater than 0");
  return interval;
}
