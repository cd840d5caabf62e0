import { TsrunError } from "../base/errors.ts";
import { exists } from "../sys/host-files.ts";
import { type HostCgroups, readHostCgroups } from "./host.ts";
import type { CgroupManager, ManagerOptions, SavedCgroup } from "./manager.ts";
import { v1Directory, v2Directory } from "./path.ts";
import { V1Manager } from "./v1/manager.ts";
import { V2Manager } from "./v2/manager.ts";

/** Made by systemd as PID 1 (sd_booted(3)). */
const SYSTEMD_RUNS = "/run/systemd/system";
const noSystemd = "systemd not running on this host, cannot use systemd cgroups manager";

/** What decides where a container's cgroup is. */
export interface CgroupRequest {
  /** linux.cgroupsPath */
  readonly cgroupsPath: string | undefined;
  readonly id: string;
  /** --systemd-cgroup */
  readonly systemd: boolean;
  /** Whether the runtime may lack the rights to make cgroups: then those that it may not make are done without. */
  readonly rootless: boolean;
  /** The host's id of the user who may make cgroups in the container's (v2 alone). */
  readonly owner?: number | undefined;
}

/**
 * The manager for a new container's cgroup; nothing is made yet.
 * @throws TsrunError for the systemd driver
 */
export function selectManager(request: CgroupRequest, host: HostCgroups = readHostCgroups()): CgroupManager {
  if (request.systemd) {
    const isRunning = exists(SYSTEMD_RUNS);
    throw new TsrunError(isRunning ? "the systemd cgroup driver is not supported" : noSystemd, {
      hint: "leave --systemd-cgroup out and use a cgroupsPath such as /parent/name (engines: the cgroupfs driver)",
    });
  }
  const { rootless, owner } = request;
  return open(locate(request, host), { lenient: rootless && !request.cgroupsPath, rootless, owner });
}

/** The manager of an existing container's cgroup. */
export function managerFrom(saved: SavedCgroup): CgroupManager {
  return open(saved, { lenient: false, rootless: false });
}

function open({ mode, paths }: SavedCgroup, options: ManagerOptions): CgroupManager {
  return mode === "v2" ? new V2Manager(paths, options) : new V1Manager(mode, paths, options);
}

function locate({ cgroupsPath, id }: CgroupRequest, { mode, v1, v2 }: HostCgroups): SavedCgroup {
  const paths: Record<string, string> = {};
  for (const hierarchy of v1) {
    const directory = v1Directory(hierarchy, cgroupsPath, id);
    for (const controller of hierarchy.controllers) paths[controller] = directory;
  }
  if (v2 !== undefined) paths[""] = (mode === "v2" ? v2Directory : v1Directory)(v2, cgroupsPath, id);
  return { mode, paths };
}
