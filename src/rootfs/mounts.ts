import { TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import type { Executor } from "../sys/executor.ts";
import { failedCall } from "../sys/syscall-error.ts";
import { mountBind } from "./bind-mount.ts";
import { mountCgroups } from "./cgroup-mount.ts";
import { mountFileSystem } from "./file-system-mount.ts";
import type { MountContext } from "./mount-context.ts";
import { type MountEntry, MountError } from "./mount-error.ts";
import { type MountOptions, parseMountOptions } from "./mount-options.ts";

const remounts = lazy(() => require("./remount.ts") as typeof import("./remount.ts"));

/**
 * Carries out `mounts` of config.json in their order (runtime-spec config.md "Mounts"): the kernel lists mounts in the
 * order in which they were made. Every target is resolved inside the root to a descriptor and mounted on by it.
 * @throws MountError, or TsrunError of a step before
 */
export function mountAll(k: Executor, context: MountContext, entries: readonly MountEntry[]): void {
  entries.forEach((entry, index) => {
    const pointer = `/mounts/${index}`;
    try {
      k.within(stepOf(entry), pointer, () => mountOne(k, context, entry));
    } catch (error) {
      const failure = mountFailure(error, entries);
      if (failure instanceof MountError || isOfEarlierStep(failure)) throw failure;
      throw new MountError(entry, pointer, causeOf(entry, error));
    }
  });
}

/** The failure of a mount's call that was queued, and is heard of when the next call waits, as the mount's. */
export function mountFailure(error: unknown, entries: readonly MountEntry[]): unknown {
  const pointer = error instanceof TsrunError ? error.pointer : undefined;
  const [, index] = /^\/mounts\/(\d+)$/.exec(pointer ?? "") ?? [];
  const entry = entries[Number(index)];
  if (entry === undefined || error instanceof MountError) return error;
  return new MountError(entry, pointer, causeOf(entry, error));
}

/** Whether what failed was queued before the first mount, and is heard of only now: the binding of the root, say. */
function isOfEarlierStep(error: unknown): boolean {
  return error instanceof TsrunError && error.pointer !== undefined && !error.pointer.startsWith("/mounts/");
}

function stepOf({ destination }: MountEntry): string {
  return `mounting ${destination}`;
}

/** A call that failed in the step of a mount, without the step: the error of the mount says more. */
function causeOf(entry: MountEntry, error: unknown): unknown {
  const isStep = error instanceof TsrunError && error.message === stepOf(entry);
  return isStep ? (failedCall(error) ?? error) : error;
}

function mountOne(k: Executor, context: MountContext, entry: MountEntry): void {
  const options = parseMountOptions(entry.options ?? []);
  if (options.remount) remounts().remount(k, context, entry, options);
  else if (options.bind || entry.type === "bind") mountBind(k, context, entry, options);
  else if (isPropagationOnly(entry, options)) remounts().propagateExisting(k, context, entry, options);
  else if (entry.type === "cgroup" && context.cgroup !== undefined)
    mountCgroups(k, context, entry, context.cgroup, options);
  else mountFileSystem(k, context, entry, options);
}

/** Whether an entry names no file system and holds propagation alone: then it is about what is mounted there already. */
function isPropagationOnly({ type = "" }: MountEntry, options: MountOptions): boolean {
  const { attributes, recursiveAttributes, superblock, data } = options;
  const changed = attributes.set | attributes.clear | recursiveAttributes.set | recursiveAttributes.clear;
  return (
    (type === "" || type === "none") &&
    options.propagation.length > 0 &&
    changed === 0 &&
    superblock.length + data.length === 0
  );
}
