import type { Config, IdMapping } from "../types.ts";
import { hasNewNamespace } from "./namespaces.ts";
import type { Report } from "./report.ts";

/** Lines that /proc/PID/uid_map takes (user_namespaces(7), since Linux 4.15). */
const mostRanges = 340;

const highestId = 4294967295;

function overlap(a: IdMapping, b: IdMapping, side: "containerID" | "hostID"): boolean {
  return a[side] < b[side] + b.size && b[side] < a[side] + a.size;
}

function checkRange(ranges: readonly IdMapping[], index: number, pointer: string, report: Report): void {
  const range = ranges[index];
  if (range === undefined) {
    return;
  }
  if (range.size === 0) {
    report.fault(`${pointer}/${index}/size`, "must not be 0");
  }
  for (const side of ["containerID", "hostID"] as const) {
    if (range[side] + range.size > highestId) {
      report.fault(`${pointer}/${index}`, `the range ends above the highest id, ${highestId - 1}`);
    }
    const other = ranges.findIndex((earlier, place) => place < index && overlap(earlier, range, side));
    if (other >= 0) {
      report.fault(`${pointer}/${index}/${side}`, `the range overlaps that of ${pointer}/${other}`);
    }
  }
}

/** What write(2) to /proc/PID/uid_map would refuse (user_namespaces(7)), told by its place. */
export function checkRanges(ranges: readonly IdMapping[], pointer: string, report: Report): void {
  if (ranges.length > mostRanges) {
    report.fault(pointer, `the kernel takes at most ${mostRanges} ranges, found ${ranges.length}`);
    return;
  }
  for (const index of ranges.keys()) {
    checkRange(ranges, index, pointer, report);
  }
}

/** A new user namespace has mappings, and such as the kernel takes. */
export function checkIdMappings(config: Config, report: Report): void {
  for (const property of ["uidMappings", "gidMappings"] as const) {
    const ranges = config.linux?.[property] ?? [];
    const pointer = `/linux/${property}`;
    if (ranges.length === 0 && hasNewNamespace(config, "user")) {
      report.fault(pointer, "required for a new user namespace");
    }
    checkRanges(ranges, pointer, report);
  }
}

function isMapped(id: number, ranges: readonly IdMapping[]): boolean {
  return ranges.some(({ containerID, size }) => id >= containerID && id < containerID + size);
}

/**
 * setresuid(2) and setgroups(2) refuse ids without a mapping, and runc needs the inner root, which owns what it makes.
 */
export function checkMappedIds(config: Config, report: Report): void {
  const { linux } = config;
  const { uidMappings = [], gidMappings = [] } = linux ?? {};
  if (!hasNewNamespace(config, "user") || uidMappings.length === 0 || gidMappings.length === 0) {
    return;
  }
  const { uid = 0, gid = 0, additionalGids = [] } = config.process?.user ?? {};
  const needed: [pointer: string, kind: "user" | "group", id: number][] = [
    ["/linux/uidMappings", "user", 0],
    ["/linux/gidMappings", "group", 0],
    ["/process/user/uid", "user", uid],
    ["/process/user/gid", "group", gid],
  ];
  for (const [index, id] of additionalGids.entries()) {
    needed.push([`/process/user/additionalGids/${index}`, "group", id]);
  }
  for (const [pointer, kind, id] of needed) {
    if (!isMapped(id, kind === "user" ? uidMappings : gidMappings)) {
      report.fault(pointer, `${kind} id ${id} has no mapping in the user namespace`);
    }
  }
}
