import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { mount } from "../sys/mount.ts";
import { flagsOf } from "../sys/mount-attributes.ts";
import { mountData } from "../sys/mount-data.ts";
import type { MountEntry } from "./mount-error.ts";
import type { MountOptions } from "./mount-options.ts";

/** fsconfig(2) takes values of at most 255 bytes; overlay's lower directories are longer. */
const FSCONFIG_VALUE_MAX = 255;
/** What mount(2) reads of options, with the NUL at their end. */
const PAGE = 4096;

/** Flags of mount(2) that fsconfig(2) does not have (fs_context.c, common_set_sb_flag). */
const flagsOfMount: ReadonlySet<string> = new Set(["iversion", "noiversion", "silent"]);

/** Whether only mount(2) can carry options out: a value is too long for fsconfig(2), or it does not know a flag. */
export function needsMount({ superblock }: MountOptions, data: readonly string[]): boolean {
  if (superblock.some((flag) => flagsOfMount.has(flag))) return true;
  return data.some((option) => Buffer.byteLength(option.slice(option.indexOf("=") + 1)) > FSCONFIG_VALUE_MAX);
}

/**
 * Overlay's lower directories one by one (`lowerdir+`, Linux 6.8), where they are more than a page, which is all that
 * mount(2) takes. A colon that belongs to a name is escaped in the list, and is not by itself (overlayfs.rst).
 */
export function separateLayers(type: string | undefined, data: readonly string[]): readonly string[] {
  const size = data.reduce((total, option) => total + Buffer.byteLength(option) + 1, 0);
  if (type !== "overlay" || size <= PAGE) return data;
  return data.flatMap((option) => {
    // "::" begins layers that hold data alone: they have an option of their own, and are left as they are.
    if (!option.startsWith("lowerdir=") || option.includes("::")) return [option];
    const layers = option.slice("lowerdir=".length).match(/(?:\\.|[^:\\])+/g) ?? [];
    return layers.map((layer) => `lowerdir+=${layer.replace(/\\(.)/g, "$1")}`);
  });
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
