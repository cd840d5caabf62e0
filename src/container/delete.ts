import { containerTexts, messageOf, reasonOf, TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { log } from "../base/log.ts";
import { removeIfEmpty } from "../cgroups/directory.ts";
import { managerFrom } from "../cgroups/select.ts";
import type { Config } from "../oci/types.ts";
import { loadNative } from "../sys/koffi.ts";
import { isOfThisBoot } from "./boot.ts";
import { ContainerDirectory } from "./directory.ts";
import { runHooks } from "./hooks.ts";
import type { RuntimeOptions } from "./options.ts";
import { removePidDraft } from "./pid-file.ts";
import type { ContainerRecord } from "./record.ts";
import { removeSharedMounts } from "./remove-shared-mounts.ts";
import { savedConfig } from "./saved-config.ts";
import { allowed, isAlive, statusOf } from "./status.ts";
import { takeConfig } from "./taken-config.ts";
import { tearDown } from "./tear-down.ts";

/** What only an interrupted create leaves. */
const cgroup = lazy(() => require("./cgroup.ts") as typeof import("./cgroup.ts"));
const resctrl = lazy(() => require("./resctrl.ts") as typeof import("./resctrl.ts"));

/**
 * Removes a container that is not running, or with `force` any: its processes, cgroup and directory. A container that
 * was only created is killed, too, as runc does it and engines rely on. Without a record `force` removes what an
 * interrupted create left.
 * @throws TsrunError `container does not exist` (not with `force`), or when it is running
 */
export function remove(options: RuntimeOptions, id: string, force: boolean): void {
  loadNative();
  const directory = ContainerDirectory.of(options, id);
  const record = readRecord(directory, force);
  if (record === undefined) {
    removeWithoutRecord(options, directory, id);
    return;
  }
  if (!force) refuseRunning(directory, record);
  removeLocked(directory, record);
}

function refuseRunning(directory: ContainerDirectory, record: ContainerRecord): void {
  const status = statusOf(directory, record);
  if (allowed.delete.some((name) => name === status)) return;
  throw new TsrunError(`cannot delete container ${record.id} that is not stopped: ${status}`);
}

function readRecord(directory: ContainerDirectory, force: boolean): ContainerRecord | undefined {
  try {
    return directory.read();
  } catch (error) {
    if (!force) throw error;
    if (messageOf(error) !== containerTexts.notExist) log.warn(reasonOf(error));
    return undefined;
  }
}

/**
 * Removes what is left of a container that has no record any more. Its cgroup is where its configuration says, which is
 * saved only once the cgroup is the container's own; a cgroup that is merely likely may be another's.
 */
function removeWithoutRecord(options: RuntimeOptions, directory: ContainerDirectory, id: string): void {
  // A create that was killed before it wrote either has made nothing else.
  if (directory.has("state.json") || directory.has("config.json")) removeCgroup(options, directory, id);
  directory.remove();
}

function removeCgroup(options: RuntimeOptions, directory: ContainerDirectory, id: string): void {
  try {
    const manager = cgroup().newManager(options, id, savedConfig(directory));
    manager.kill();
    manager.remove();
  } catch (error) {
    log.warn(`processes and cgroup of container ${id} stay, if it has any: ${reasonOf(error)}`);
  }
}

/**
 * Removes a container whose record is known; the poststop hooks run last, and all of them (runtime-spec). No lock is
 * held: a create that hangs in a hook would hold it. Others may delete at the same time, so each step bears that its
 * work has been done.
 */
export function removeLocked(directory: ContainerDirectory, record: ContainerRecord): void {
  if (isOfThisBoot(record)) removeFromKernel(record);
  if (record.pidFile !== undefined) removePidDraft(record.pidFile, record.pid);
  // Always, and so before the record: whoever finds no record finds nothing else of a container that is being deleted.
  const config = configForHooks(directory);
  directory.remove();
  if (record.ready && config !== undefined) runHooks("poststop", { config, record });
}

/** What of a container ends with the machine at the latest: its processes, mounts, cgroup and groups of resctrl. */
function removeFromKernel(record: ContainerRecord): void {
  const hasGone = goesAtOnce(record);
  if (!hasGone) tearDown(record);
  removeSharedMounts(record);
  if (!hasGone) managerFrom(record.cgroup).remove();
  if (record.resctrl !== undefined) resctrl().ResctrlGroups.remove(record.resctrl);
}

/** Removes the cgroup of a container that has ended, if it left nobody behind who would have to be ended. @returns whether it did */
function goesAtOnce(record: ContainerRecord): boolean {
  const { systemd, paths } = record.cgroup;
  return systemd === undefined && !isAlive(record) && removeIfEmpty(new Set(Object.values(paths)));
}

/** A configuration that cannot be read any more must not keep its container from going. */
function configForHooks(directory: ContainerDirectory): Config | undefined {
  try {
    return takeConfig(directory);
  } catch (error) {
    log.warn(`poststop hooks are not run: ${reasonOf(error)}`);
    return undefined;
  }
}
