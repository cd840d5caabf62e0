import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { mount } from "../sys/mount.ts";
import { flagsOf } from "../sys/mount-attributes.ts";
import { mountData } from "../sys/mount-data.ts";
import type { MountEntry } from "./mount-error.ts";
import type { MountOptions } from "./mount-options.ts";

/** fsconfig(2) takes values of at most 255 bytes; overlay's lower directories are longer. */
const FSCONFIG_VALUE_MAX = 255;

/** Whether an option's value is too long for fsconfig(2). */
export function longOptions(data: readonly string[]): boolean {
  return data.some((option) => Buffer.byteLength(option.slice(option.indexOf("=") + 1)) > FSCONFIG_VALUE_MAX);
}

/** Mounts with mount(2), whose data may have a page, on a target that is named by its descriptor. */
export function mountLongOptions(
  k: Executor,
  target: Fd,
  entry: MountEntry,
  { superblock, attributes }: MountOptions,
  data: readonly string[],
): void {
  const own = mountData([...superblock, ...data]);
  const path = `/proc/self/fd/${k.numberOf(target.number)}`;
  const flags = own.flags | flagsOf(attributes.set);
  mount(k, entry.source ?? "none", path, entry.type ?? "none", flags, own.data);
}
