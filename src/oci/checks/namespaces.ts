import type { Config, NamespaceType } from "../types.ts";
import type { Report } from "./report.ts";

/** Whether the container has a namespace of this kind that is not the runtime's: a new one, or one it joins. */
export function hasNamespace({ linux }: Config, type: NamespaceType): boolean {
  return linux?.namespaces?.some((namespace) => namespace.type === type) === true;
}

/** Whether it gets a new one (an empty path is none, as in runc). */
export function hasNewNamespace({ linux }: Config, type: NamespaceType): boolean {
  return linux?.namespaces?.some((namespace) => namespace.type === type && !namespace.path) === true;
}

/** Each kind once (config-linux.md, "Namespaces"); a path to join is absolute there, too. */
export function checkNamespaceTypes({ linux }: Config, report: Report): void {
  const seen = new Set<NamespaceType>();
  for (const [index, { type, path }] of (linux?.namespaces ?? []).entries()) {
    if (seen.has(type)) {
      report.fault(`/linux/namespaces/${index}/type`, `a second ${type} namespace`);
    }
    seen.add(type);
    if (path !== undefined && path !== "" && !path.startsWith("/")) {
      report.fault(
        `/linux/namespaces/${index}/path`,
        `must be an absolute path, found ${JSON.stringify(path)}`,
      );
    }
  }
}

/** Longest name of a host or domain in bytes: __NEW_UTS_LEN, sethostname(2). */
const longestName = 64;

function checkNameLength(pointer: string, name: string, report: Report): void {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > longestName) {
    report.fault(pointer, `must not be longer than ${longestName} bytes, found ${bytes}`);
  }
}

/** Properties that without a namespace would change the host, as in runc. */
export function checkNeededNamespaces(config: Config, report: Report): void {
  const { hostname = "", domainname = "", linux = {} } = config;
  const { maskedPaths = [], readonlyPaths = [], uidMappings = [], gidMappings = [], timeOffsets } = linux;
  const needs: readonly [pointer: string, type: NamespaceType, present: boolean][] = [
    ["/hostname", "uts", hostname !== ""],
    ["/domainname", "uts", domainname !== ""],
    ["/linux/maskedPaths", "mount", maskedPaths.length > 0],
    ["/linux/readonlyPaths", "mount", readonlyPaths.length > 0],
    ["/linux/timeOffsets", "time", timeOffsets !== undefined],
    ["/linux/uidMappings", "user", uidMappings.length > 0],
    ["/linux/gidMappings", "user", gidMappings.length > 0],
  ];
  for (const [pointer, type, present] of needs) {
    if (present && !hasNamespace(config, type)) {
      report.fault(pointer, `needs a ${type} namespace in /linux/namespaces`);
    }
  }
  checkNameLength("/hostname", hostname, report);
  checkNameLength("/domainname", domainname, report);
}

/** time_namespaces(7): offsets can be written only before anyone is inside, nanoseconds stay below a second. */
export function checkTimeOffsets(config: Config, report: Report): void {
  const offsets = config.linux?.timeOffsets;
  if (offsets === undefined) {
    return;
  }
  if (hasNamespace(config, "time") && !hasNewNamespace(config, "time")) {
    report.fault("/linux/timeOffsets", "cannot be set in a time namespace that is joined");
  }
  for (const clock of ["boottime", "monotonic"] as const) {
    const nanoseconds = offsets[clock]?.nanosecs ?? 0;
    if (nanoseconds > 999_999_999) {
      report.fault(`/linux/timeOffsets/${clock}/nanosecs`, `must be below 1000000000, found ${nanoseconds}`);
    }
  }
}
