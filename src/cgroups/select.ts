import { lazy } from "../base/lazy.ts";
import type { HostCgroups } from "./host.ts";
import type { CgroupManager, SavedCgroup } from "./manager.ts";
import { openFiles } from "./open.ts";
import { v1Directory, v2Directory } from "./path.ts";

/** Loaded, with libsystemd, by those who use systemd. */
const systemd = lazy(() => require("./systemd/select.ts") as typeof import("./systemd/select.ts"));

/** Only a new container's cgroup has to be found. */
const hosts = lazy(() => require("./host.ts") as typeof import("./host.ts"));

/** What decides where a container's cgroup is. */
export interface CgroupRequest {
  /** linux.cgroupsPath */
  readonly cgroupsPath: string | undefined;
  readonly id: string;
  /** --systemd-cgroup */
  readonly systemd: boolean;
  /**
   * Whether the runtime may lack the rights to make cgroups: then those that it may not make are done without, and it is the
   * user's own systemd that is asked for units.
   */
  readonly rootless: boolean;
  /** The host's id of the user who may make cgroups in the container's (v2 alone). */
  readonly owner?: number | undefined;
  /** Those of config.json: some ask for properties of a unit. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/**
 * The manager for a new container's cgroup; nothing is made yet.
 * @throws TsrunError where the systemd driver is asked for and can't be used
 */
export function selectManager(
  request: CgroupRequest,
  host: HostCgroups = hosts().readHostCgroups(),
): CgroupManager {
  if (request.systemd) return systemd().newUnitManager(request, host);
  const { rootless, owner } = request;
  return openFiles(locate(request, host), { lenient: rootless && !request.cgroupsPath, rootless, owner });
}

/** The manager of an existing container's cgroup. */
export function managerFrom(saved: SavedCgroup): CgroupManager {
  if (saved.systemd !== undefined) return systemd().unitManagerFrom(saved, saved.systemd);
  return openFiles(saved, { lenient: false, rootless: false });
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
