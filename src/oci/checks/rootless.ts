import type { Config, IdMapping } from "../types.ts";
import { hasNamespace, hasNewNamespace } from "./namespaces.ts";
import type { CheckContext, Report } from "./report.ts";

/** Ids in a mount's options are those inside, so they must be mapped (runc's rootless validator, shm and devpts). */
function checkMountOption(
  option: string,
  pointer: string,
  mappings: Readonly<Record<string, readonly IdMapping[]>>,
  report: Report,
): void {
  const [, kind = "", digits = ""] = /^(uid|gid)=([0-9]+)$/.exec(option) ?? [];
  const ranges = mappings[kind];
  const id = Number(digits);
  if (
    ranges !== undefined &&
    !ranges.some((range) => id >= range.containerID && id < range.containerID + range.size)
  ) {
    report.fault(pointer, `${option} has no mapping in the user namespace`);
  }
}

/** Without root's privileges everything is done by those of a user namespace. */
export function checkRootless(config: Config, report: Report, { rootless }: CheckContext): void {
  if (!rootless) {
    return;
  }
  if (!hasNamespace(config, "user")) {
    report.fault("/linux/namespaces", "a rootless container needs a user namespace");
  }
  if (!hasNewNamespace(config, "user")) {
    return;
  }
  const mappings = { uid: config.linux?.uidMappings ?? [], gid: config.linux?.gidMappings ?? [] };
  for (const [index, { options = [] }] of (config.mounts ?? []).entries()) {
    for (const [place, option] of options.entries()) {
      checkMountOption(option, `/mounts/${index}/options/${place}`, mappings, report);
    }
  }
}
