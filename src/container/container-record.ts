import { effectiveUid } from "../base/own-process.ts";
import type { SavedCgroup } from "../cgroups/manager.ts";
import type { CreateRequest } from "./options.ts";
import type { Prepared } from "./prepare-config.ts";
import { processInfo } from "./process-info.ts";
import type { ContainerRecord } from "./record.ts";

/**
 * The record of a container that is about to be made: without a process.
 * @param resctrl directories of resctrl that will be its own
 */
export function newRecord(
  request: CreateRequest,
  prepared: Prepared,
  cgroup: SavedCgroup,
  resctrl: readonly string[] = [],
): ContainerRecord {
  const { config, bundle, rootfs } = prepared;
  const namespaces = config.linux?.namespaces ?? [];
  return {
    version: 1,
    id: request.id,
    ociVersion: config.ociVersion,
    bundle,
    rootfs,
    created: new Date().toISOString().replace("Z", "000000Z"),
    owner: effectiveUid(),
    pid: 0,
    startTime: 0,
    ...(config.annotations === undefined ? {} : { annotations: config.annotations }),
    cgroup: { mode: cgroup.mode, paths: cgroup.paths },
    ...(resctrl.length === 0 ? {} : { resctrl: [...resctrl] }),
    ready: false,
    ownPidNamespace: namespaces.some(({ type, path }) => type === "pid" && (path ?? "") === ""),
  };
}

/** The record once init runs. */
export function withProcess(record: ContainerRecord, pid: number, cgroup: SavedCgroup): ContainerRecord {
  const startTime = processInfo(pid)?.startTime ?? 0;
  return { ...record, pid, startTime, cgroup: { mode: cgroup.mode, paths: cgroup.paths } };
}
