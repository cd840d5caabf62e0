import { lastLine, type Result } from "../runtime.ts";

/** What the engine's own errors look like: those that nobody raised on purpose. */
const crash =
  /\b(TypeError|RangeError|ReferenceError|AssertionError|InternalError)\b|is not a function|\(evaluating '|\n\s+at \S+ \(|Bun v\d/;

/** What is wrong with the end of a call, if anything. @param quiet statuses of programs, which need not say anything */
export function faultOfResult(result: Result, quiet: readonly number[] = []): string | undefined {
  const { status, signal, stderr } = result;
  if (signal !== null) return `hung, or ended by ${signal}`;
  if (crash.test(stderr)) return `crashed: ${stderr}`;
  if (status === 0 || (status ?? 0) > 128 || quiet.includes(status ?? 0)) return undefined;
  return lastLine(result) === "" ? `ended with status ${status} and said nothing` : undefined;
}
