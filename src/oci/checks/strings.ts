import { pointerToken } from "../fault.ts";
import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

const none: readonly string[] = [];

/** Pointers, from here, to the strings with a NUL; made on the way back, as in all good documents there is none. */
function placesOfNul(value: unknown): readonly string[] {
  if (typeof value === "string") {
    return value.includes("\0") ? [""] : none;
  }
  if (value === null || typeof value !== "object") {
    return none;
  }
  let places = none;
  for (const name in value) {
    const found = placesOfNul((value as Readonly<Record<string, unknown>>)[name]);
    if (found.length > 0) {
      places = [...places, ...found.map((place) => `/${pointerToken(name)}${place}`)];
    }
  }
  return places;
}

/**
 * JSON can spell a NUL character, C strings cannot: the kernel would see a shorter path or argument than the one that
 * was checked. Annotations never reach the kernel.
 */
export function checkStrings(config: Config, report: Report): void {
  for (const section of ["root", "process", "hostname", "domainname", "mounts", "hooks", "linux"] as const) {
    for (const place of placesOfNul(config[section])) {
      report.fault(`/${section}${place}`, "must not contain a NUL character");
    }
  }
}
