import { pointerToken } from "../fault.ts";
import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

/**
 * Properties that tsrun does not carry out yet. A container that runs without what its config asks for is worse than
 * one that does not run, so they are refused before anything is made. "*" stands for each item of a list; a row goes
 * when its property works.
 */
export const unsupported: readonly string[] = ["/linux/resources/unified"];

/** Whether a property asks for nothing: engines send empty strings, lists and objects, and `false`. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false) {
    return true;
  }
  return typeof value === "object" && Object.values(value).every(isEmpty);
}

/** Calls `visit` for each value that the rest of a pattern leads to from here. */
function follow(
  value: unknown,
  rest: readonly string[],
  pointer: string,
  visit: (value: unknown, pointer: string) => void,
): void {
  const [token, ...further] = rest;
  if (token === undefined) {
    visit(value, pointer);
  } else if (value !== null && typeof value === "object") {
    const members = value as Readonly<Record<string, unknown>>;
    for (const name of token === "*" ? Object.keys(members) : [token]) {
      follow(members[name], further, `${pointer}/${pointerToken(name)}`, visit);
    }
  }
}

export function checkUnsupported(config: Config, report: Report): void {
  for (const pattern of unsupported) {
    follow(config, pattern.split("/").slice(1), "", (value, pointer) => {
      if (!isEmpty(value)) {
        report.fault(pointer, "tsrun does not support this yet");
      }
    });
  }
}
