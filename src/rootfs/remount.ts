import { mountSetattr } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import { MS_REMOUNT } from "../sys/mount.ts";
import { flagsOf } from "../sys/mount-attributes.ts";
import { mountData } from "../sys/mount-data.ts";
import { mountOnto } from "../sys/mount-onto.ts";
import { setBindAttributes } from "./bind-attributes.ts";
import type { MountContext } from "./mount-context.ts";
import type { MountEntry } from "./mount-error.ts";
import type { MountOptions } from "./mount-options.ts";
import { openTarget, propagate } from "./mount-target.ts";

/**
 * `remount` changes what is mounted at the destination already: with `bind` the mount alone, else its file system, too,
 * which takes the options that are given for all that it has (mount(2), MS_REMOUNT).
 */
export function remount(k: Executor, context: MountContext, entry: MountEntry, options: MountOptions): void {
  using target = openTarget(k, context, entry).fd;
  const { attributes, recursiveAttributes, superblock, data } = options;
  if (options.bind) setBindAttributes(k, target, attributes);
  else {
    const own = mountData([...superblock, ...data]);
    const flags = MS_REMOUNT | own.flags | flagsOf(attributes.set, attributes.clear);
    const { source = "", type = "" } = entry;
    mountOnto(k, target.number, { source, type, flags, data: own.data });
  }
  if ((recursiveAttributes.set | recursiveAttributes.clear) !== 0) {
    mountSetattr(k, target.number, recursiveAttributes, true);
  }
  propagate(k, target, options);
  k.flush();
}

/** Changes the propagation of what is mounted at the destination (as crun does). */
export function propagateExisting(
  k: Executor,
  context: MountContext,
  entry: MountEntry,
  options: MountOptions,
): void {
  using target = openTarget(k, context, entry).fd;
  propagate(k, target, options);
  k.flush();
}
