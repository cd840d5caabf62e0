import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

/** `root` is optional in the schema for Hyper-V's sake; on Linux it must be there (config.md, "Root"). */
export function checkRoot({ root }: Config, report: Report): void {
  if (root === undefined) {
    report.fault("/root", "required, but missing");
  } else if (root.path === "") {
    report.fault("/root/path", "must not be empty");
  }
}
