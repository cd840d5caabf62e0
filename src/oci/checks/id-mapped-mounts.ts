import { hasOwnMaps, idMapOf, idMapOption } from "../id-mapped-mounts.ts";
import type { Config, Mount } from "../types.ts";
import { checkRanges } from "./id-mappings.ts";
import type { CheckContext, Report } from "./report.ts";

function isBind({ type, options = [] }: Mount): boolean {
  return (
    (type === "bind" || options.includes("bind") || options.includes("rbind")) && !options.includes("remount")
  );
}

/** Both kinds or none (config.md, "Mounts"), and each as user_namespaces(7) has it. */
function checkOwnMaps(mount: Mount, index: number, report: Report): void {
  const { uidMappings = [], gidMappings = [] } = mount;
  for (const [ranges, others, name, other] of [
    [uidMappings, gidMappings, "uidMappings", "gidMappings"],
    [gidMappings, uidMappings, "gidMappings", "uidMappings"],
  ] as const) {
    const pointer = `/mounts/${index}/${name}`;
    if (ranges.length > 0 && others.length === 0) {
      report.fault(pointer, `needs ${other} beside it: id-mapped mounts have both`);
    }
    checkRanges(ranges, pointer, report);
  }
}

function checkMap(config: Config, mount: Mount, index: number, report: Report): void {
  const option = idMapOption(mount, index);
  if (hasOwnMaps(mount)) {
    checkOwnMaps(mount, index, report);
    if (option?.value !== undefined)
      report.fault(option.pointer, "the mount has uidMappings and gidMappings, too");
    return;
  }
  const found = idMapOf(config, mount, index);
  if (option === undefined) return;
  if (found === undefined) {
    const message =
      option.value === undefined
        ? "the mount has no uidMappings and gidMappings, and the container no user namespace to take them from"
        : `must be like idmap=uids=0-1000-10;gids=0-1000-10, ids after @ mapped in the container, found ${JSON.stringify(option.value)}`;
    report.fault(option.pointer, message);
  } else if (typeof found.maps !== "string") {
    checkRanges(found.maps.uids, option.pointer, report);
    checkRanges(found.maps.gids, option.pointer, report);
  }
}

/** Id-mapped mounts (config.md, "Mounts"; runc's rules): of bind mounts, by root, with mappings of both kinds. */
export function checkIdMappedMounts(config: Config, report: Report, { rootless }: CheckContext): void {
  for (const [index, mount] of (config.mounts ?? []).entries()) {
    const option = idMapOption(mount, index);
    if (option === undefined && !hasOwnMaps(mount)) {
      continue;
    }
    const pointer = option?.pointer ?? `/mounts/${index}/uidMappings`;
    if (!isBind(mount)) {
      report.fault(pointer, "id-mapped mounts are only supported for bind-mounts");
    }
    if (rootless) {
      report.fault(pointer, "id-mapped mounts are not supported for rootless containers: they take root");
    }
    checkMap(config, mount, index, report);
  }
}
