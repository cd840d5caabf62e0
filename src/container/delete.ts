import { containerTexts, messageOf, TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { managerFrom } from "../cgroups/select.ts";
import type { Config } from "../oci/types.ts";
import { ContainerDirectory } from "./directory.ts";
import { runHooks } from "./hooks.ts";
import type { RuntimeOptions } from "./options.ts";
import type { ContainerRecord } from "./record.ts";
import { takeConfig } from "./saved-config.ts";
import { allowed, statusOf } from "./status.ts";
import { tearDown } from "./tear-down.ts";

/**
 * Removes a container that is not running, or with `force` any: its processes, cgroup and directory. A container that
 * was only created is killed, too, as runc does it and engines rely on. Without a record `force` removes what an
 * interrupted create left.
 * @throws TsrunError `container does not exist` (not with `force`), or when it is running
 */
export function remove(options: RuntimeOptions, id: string, force: boolean): void {
  const directory = ContainerDirectory.of(options, id);
  const record = readRecord(directory, force);
  if (record === undefined) {
    directory.remove();
    return;
  }
  const status = statusOf(directory, record);
  if (!force && !allowed.delete.some((name) => name === status)) {
    throw new TsrunError(`cannot delete container ${id} that is not stopped: ${status}`);
  }
  removeLocked(directory, record);
}

function readRecord(directory: ContainerDirectory, force: boolean): ContainerRecord | undefined {
  try {
    return directory.read();
  } catch (error) {
    if (!force) throw error;
    if (messageOf(error) !== containerTexts.notExist) log.warn(messageOf(error));
    return undefined;
  }
}

/**
 * Removes a container whose record is known; the poststop hooks run last, and all of them (runtime-spec). No lock is
 * held: a create that hangs in a hook would hold it. Others may delete at the same time, so each step bears that its
 * work has been done.
 */
export function removeLocked(directory: ContainerDirectory, record: ContainerRecord): void {
  tearDown(record);
  managerFrom(record.cgroup).remove();
  const config = record.ready ? configForHooks(directory) : undefined;
  directory.remove();
  if (config !== undefined) runHooks("poststop", { config, record });
}

/** A configuration that cannot be read any more must not keep its container from going. */
function configForHooks(directory: ContainerDirectory): Config | undefined {
  try {
    return takeConfig(directory);
  } catch (error) {
    log.warn(`poststop hooks are not run: ${messageOf(error)}`);
    return undefined;
  }
}
