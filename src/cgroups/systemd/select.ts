import { TsrunError } from "../../base/errors.ts";
import { exists } from "../../sys/host-files.ts";
import type { Hierarchy, HostCgroups } from "../host.ts";
import type { CgroupManager, SavedCgroup, SavedUnit } from "../manager.ts";
import { openFiles } from "../open.ts";
import type { CgroupRequest } from "../select.ts";
import { annotatedProperties } from "./annotations.ts";
import { SystemdManager } from "./manager.ts";
import { Systemd } from "./systemd.ts";
import { placeUnit, unitPath } from "./unit-name.ts";

/** Made by systemd as PID 1 (sd_booted(3)). */
const SYSTEMD_RUNS = "/run/systemd/system";
const instead =
  "leave --systemd-cgroup out and use a cgroupsPath such as /parent/name (engines: the cgroupfs driver)";

/**
 * The manager for a new container's scope; nothing is made yet. A user's containers are those of the user's own systemd.
 * @throws TsrunError where there is no systemd, or for a cgroupsPath that is no place among its units
 */
export function newUnitManager(request: CgroupRequest, host: HostCgroups): CgroupManager {
  const { id, cgroupsPath, rootless: user, owner } = request;
  refuse(host, user);
  const place = placeUnit(cgroupsPath, id, user);
  const properties = annotatedProperties(request.annotations);
  const files = openFiles(locate(unitPath(place), host, user), { lenient: false, rootless: user, owner });
  return new SystemdManager({ ...place, user }, files, { ...place, user, id, properties });
}

/** The manager of an existing container's scope. */
export function unitManagerFrom(saved: SavedCgroup, unit: SavedUnit): CgroupManager {
  return new SystemdManager(unit, openFiles(saved, { lenient: false, rootless: unit.user }));
}

function refuse({ mode }: HostCgroups, user: boolean): void {
  if (!exists(SYSTEMD_RUNS)) {
    throw new TsrunError("systemd not running on this host, cannot use systemd cgroups manager", {
      hint: instead,
    });
  }
  if (user && mode !== "v2") {
    throw new TsrunError("cannot use rootless systemd cgroups manager on cgroup v1", { hint: instead });
  }
}

/**
 * Where systemd will put the unit: below its own cgroup, which for the system's is the root of what is mounted. That of a
 * user's lies where only it knows.
 */
function locate(unit: string, { mode, v1, v2 }: HostCgroups, user: boolean): SavedCgroup {
  const path = `${user ? ownGroup() : ""}${unit}`;
  const directory = ({ mountPoint }: Hierarchy) => `${mountPoint}${path}`;
  const paths: Record<string, string> = {};
  for (const hierarchy of v1) {
    for (const controller of hierarchy.controllers) paths[controller] = directory(hierarchy);
  }
  if (v2 !== undefined) paths[""] = directory(v2);
  return { mode, paths };
}

function ownGroup(): string {
  using systemd = Systemd.connect(true);
  return systemd.controlGroup();
}
