import { pointerToken } from "../fault.ts";
import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

function findNul(value: unknown, pointer: string, report: Report): void {
  if (typeof value === "string") {
    if (value.includes("\0")) {
      report.fault(pointer, "must not contain a NUL character");
    }
  } else if (value !== null && typeof value === "object") {
    for (const [name, member] of Object.entries(value)) {
      findNul(member, `${pointer}/${pointerToken(name)}`, report);
    }
  }
}

/**
 * JSON can spell a NUL character, C strings cannot: the kernel would see a shorter path or argument than the one that
 * was checked. Annotations never reach the kernel.
 */
export function checkStrings(config: Config, report: Report): void {
  for (const section of ["root", "process", "hostname", "domainname", "mounts", "hooks", "linux"] as const) {
    findNul(config[section], `/${section}`, report);
  }
}
