import type { Config } from "../types.ts";
import type { Report } from "./report.ts";

const place = "/linux/intelRdt";

/** What is in the root of a resctrl file system beside the groups. */
const reserved: ReadonlySet<string> = new Set(["info", "mon_groups", "mon_data"]);
/** NAME_MAX. */
const longestName = 255;

/** A class of service is a directory; `/` stands for the default class (config-linux.md, "IntelRdt"). */
function isClassName(name: string): boolean {
  if (name === "/") return true;
  const isPath = name === "." || name === ".." || /[/\n]/.test(name);
  return !isPath && !reserved.has(name) && Buffer.byteLength(name) <= longestName;
}

export function checkIntelRdt({ linux }: Config, report: Report): void {
  const rdt = linux?.intelRdt;
  if (rdt === undefined) return;
  const { closID = "", l3CacheSchema = "", schemata = [] } = rdt;
  if (closID !== "" && !isClassName(closID)) {
    report.fault(`${place}/closID`, `no class of service can have the name ${JSON.stringify(closID)}`);
  }
  if (l3CacheSchema !== "" && !l3CacheSchema.startsWith("L3")) {
    report.warn(`${place}/l3CacheSchema`, 'should begin with "L3:"');
  }
  for (const [index, line] of schemata.entries()) {
    if (line === "" || line.includes("\n")) {
      report.fault(`${place}/schemata/${index}`, `must be one line, found ${JSON.stringify(line)}`);
    }
  }
  for (const property of ["enableCMT", "enableMBM"] as const) {
    if (rdt[property] === true) {
      report.warn(`${place}/${property}`, "without effect since runtime-spec 1.3: use enableMonitoring");
    }
  }
}
