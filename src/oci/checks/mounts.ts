import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

/** Destinations are absolute (config.md, "Mounts"); like runc we warn of others and start them at the root. */
export function checkMounts({ mounts }: Config, report: Report): void {
  for (const [index, { destination }] of (mounts ?? []).entries()) {
    const pointer = `/mounts/${index}/destination`;
    if (destination === "") {
      report.fault(pointer, "must not be empty");
    } else if (!destination.startsWith("/")) {
      report.warn(pointer, `should be an absolute path, taking ${JSON.stringify(destination)} from the root`);
    }
  }
}
