import { lazy } from "../base/lazy.ts";
import { effectiveUid } from "../base/own-process.ts";
import type { SavedCgroup } from "../cgroups/manager.ts";
import { hasNamespace } from "../oci/checks/namespaces.ts";
import { bootId } from "./boot.ts";
import type { CreateRequest } from "./options.ts";
import type { Prepared } from "./prepare-config.ts";
import { processInfo } from "./process-info.ts";
import type { ContainerRecord } from "./record.ts";

/** Few containers share their runtime's mounts. */
const sharedMounts = lazy(() => require("./shared-mounts.ts") as typeof import("./shared-mounts.ts"));

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
  const boot = bootId();
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
    ...(boot === undefined ? {} : { bootId: boot }),
    ...(request.pidFile === undefined ? {} : { pidFile: request.pidFile }),
    ...(request.runtime === undefined ? {} : { runtime: request.runtime }),
    ...(config.annotations === undefined ? {} : { annotations: config.annotations }),
    cgroup: savedCgroup(cgroup),
    ...(resctrl.length === 0 ? {} : { resctrl: [...resctrl] }),
    ...(hasNamespace(config, "mount") ? {} : { mountsBefore: sharedMounts().mountIdsBelow(rootfs) }),
    ...(request.noNewKeyring ? { noNewKeyring: true as const } : {}),
    ready: false,
    ownPidNamespace: namespaces.some(({ type, path }) => type === "pid" && (path ?? "") === ""),
  };
}

function savedCgroup({ mode, paths, systemd }: SavedCgroup): ContainerRecord["cgroup"] {
  return { mode, paths, ...(systemd === undefined ? {} : { systemd: { ...systemd } }) };
}

/** The record once init runs. */
export function withProcess(record: ContainerRecord, pid: number, cgroup: SavedCgroup): ContainerRecord {
  const startTime = processInfo(pid)?.startTime ?? 0;
  return { ...record, pid, startTime, cgroup: savedCgroup(cgroup) };
}
