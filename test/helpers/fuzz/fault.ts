import { TsrunError } from "../../../src/base/errors.ts";
import { errorText } from "../../../src/cli/error-text.ts";

/** What is wrong with an error as its user sees it: none of tsrun's own, or more than one line. */
export function faultOfError(error: unknown): string | undefined {
  if (!(error instanceof TsrunError)) {
    return `crashes: ${error instanceof Error ? error.stack : String(error)}`;
  }
  const text = errorText(error);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  if (/[\u0000-\u001f]/.test(text)) return `says more than one line: ${error.message}`;
  return text === "" ? "fails and does not say why" : undefined;
}

/** What is wrong with how an action ends, if anything. @param check looks at what it returns */
export function faultOf<T>(
  action: () => T,
  check: (value: T) => string | undefined = () => undefined,
): string | undefined {
  let value: T;
  try {
    value = action();
  } catch (error) {
    return faultOfError(error);
  }
  return check(value);
}

/** The first fault of several actions. */
export function firstFault(...actions: readonly (() => unknown)[]): string | undefined {
  for (const action of actions) {
    const fault = faultOf(action);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
