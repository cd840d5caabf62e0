import { geteuid } from "node:process";
import { type HostCgroups, readHostCgroups } from "../cgroups/host.ts";
import type { CgroupManager } from "../cgroups/manager.ts";
import { selectManager } from "../cgroups/select.ts";
import type { Config } from "../oci/types.ts";
import type { RuntimeOptions } from "./options.ts";

/** The manager of the cgroup that a configuration asks for. @throws TsrunError for the systemd driver */
export function newManager(
  options: RuntimeOptions,
  id: string,
  { linux }: Config,
  host: HostCgroups = readHostCgroups(),
): CgroupManager {
  const { systemdCgroup: systemd, rootless } = options;
  const isRootless = rootless === "auto" ? geteuid?.() !== 0 : rootless;
  return selectManager({ id, cgroupsPath: linux?.cgroupsPath, systemd, rootless: isRootless }, host);
}
