import { TsrunError } from "../base/errors.ts";
import { signalNumber } from "../sys/signals.ts";

/** The highest signal number of Linux on x86-64 and arm64. */
const highest = 64;

/**
 * The number of a signal written as a name (any case, with or without SIG) or in digits; 0 asks whether the process is there.
 * @throws {TsrunError} `unknown signal "X"`, runc's words
 */
export function parseSignal(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : signalNumber(text);
  if (number === undefined || number > highest) {
    throw new TsrunError(`unknown signal ${JSON.stringify(text)}`);
  }
  return number;
}
