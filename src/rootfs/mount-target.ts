import { normalize } from "node:path/posix";
import { TsrunError } from "../base/errors.ts";
import { mountSetattr, moveMount } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { O_DIRECTORY, O_NOFOLLOW, O_PATH } from "../sys/files.ts";
import { openInRoot } from "../sys/in-root.ts";
import { makeDirectoryInRoot, makeFileInRoot } from "../sys/make-in-root.ts";
import { linkIn, openAgain } from "../sys/names.ts";
import { Procfs } from "../sys/procfs.ts";
import { isView, type MountContext } from "./mount-context.ts";
import type { MountEntry } from "./mount-error.ts";
import type { MountOptions } from "./mount-options.ts";

/** Where a mount goes. */
export interface Target {
  readonly fd: Fd;
  /** Its path in the root, without symbolic links. */
  readonly place: string;
}

/** Files in /proc that lxcfs and its like cover with the container's own numbers; runc allows these, too. */
const emulated: ReadonlySet<string> = new Set([
  "/proc/cpuinfo",
  "/proc/diskstats",
  "/proc/loadavg",
  "/proc/meminfo",
  "/proc/net/dev",
  "/proc/slabinfo",
  "/proc/stat",
  "/proc/swaps",
  "/proc/sys/crypto/fips_enabled",
  "/proc/sys/kernel/ns_last_pid",
  "/proc/uptime",
]);

/** Destinations that nearly every bundle has. Should the image's be links into /proc, they cover it, no more. */
const ordinary: ReadonlySet<string> = new Set([
  "/dev",
  "/dev/mqueue",
  "/dev/pts",
  "/dev/shm",
  "/sys",
  "/sys/fs/cgroup",
]);

/** Opens a mount's destination, making a directory or an empty file where nothing is. */
export function makeTarget(
  k: Executor,
  context: MountContext,
  { destination }: MountEntry,
  { isDirectory, noFollow = false }: { readonly isDirectory: boolean; readonly noFollow?: boolean },
): Target {
  const { root } = context;
  const existing = noFollow
    ? openInRoot(
        k,
        root.number,
        cleanDestination(destination),
        O_PATH | O_NOFOLLOW | (isDirectory ? O_DIRECTORY : 0),
      )
    : undefined;
  const make = isDirectory ? makeDirectoryInRoot : makeFileInRoot;
  const fd = existing ?? make(k, root.number, destination);
  return { fd, place: placeOf(k, context, destination, fd) };
}

/** Opens a destination where something is mounted already. @throws TsrunError where nothing is */
export function openTarget(k: Executor, context: MountContext, { destination }: MountEntry): Target {
  const fd = openInRoot(k, context.root.number, destination, O_PATH);
  if (fd === undefined) throw new TsrunError(`nothing is mounted at ${JSON.stringify(destination)}`);
  return { fd, place: placeOf(k, context, destination, fd) };
}

/** Absolute, without "..", and without the slash or dot at its end behind which the kernel follows a link, O_NOFOLLOW or not. */
export function cleanDestination(destination: string): string {
  return normalize(`/${destination}`).replace(/(?<=.)\/$/, "");
}

/** The path of `fd` in the root: the image's symbolic links may have led elsewhere than the destination says. */
export function placeOf(k: Executor, context: MountContext, destination: string, fd: Fd): string {
  const path = cleanDestination(destination);
  if (ordinary.has(path) || path === "/proc" || path.startsWith("/proc/")) return path;
  context.rootPath ??= pathOf(k, context, context.root);
  const place = pathOf(k, context, fd).slice(context.rootPath === "/" ? 0 : context.rootPath.length);
  return place === "" ? "/" : place;
}

/** By a /proc that is the kernel's: what is told there decides what may be mounted (CVE-2025-52881). */
function pathOf(k: Executor, context: MountContext, fd: Fd): string {
  context.descriptors ??= openDescriptors(k);
  const path = linkIn(k, context.descriptors.number, String(k.numberOf(fd.number)));
  if (path === undefined) throw new TsrunError("/proc/self/fd does not show what is open");
  return path;
}

function openDescriptors(k: Executor): Fd {
  using proc = Procfs.mounted(k);
  return proc.open("self/fd", O_PATH | O_DIRECTORY);
}

/**
 * What is mounted on /proc itself must be a procfs, and in it nothing but what lxcfs covers: else labels and kernel
 * parameters are written to a fake (CVE-2019-16884, CVE-2019-19921).
 * @param isProc whether what is mounted is a procfs
 */
export function protectProc(place: string, destination: string, isProc: () => boolean): void {
  const what = JSON.stringify(destination);
  if (place === "/proc") {
    if (!isProc()) throw new TsrunError(`${what} cannot be mounted because it is not of type proc`);
  } else if (place.startsWith("/proc/") && !emulated.has(place)) {
    throw new TsrunError(`${what} cannot be mounted because it is inside /proc`);
  }
}

/** Puts a mount that is at no place yet onto its target, and sets what comes after. */
export function attach(
  k: Executor,
  context: MountContext,
  tree: Fd,
  target: Target,
  options: MountOptions,
): void {
  const { recursiveAttributes } = options;
  if ((recursiveAttributes.set | recursiveAttributes.clear) !== 0) {
    mountSetattr(k, tree.number, recursiveAttributes, true);
  }
  moveMount(k, tree.number, target.fd.number);
  propagate(k, tree, options);
  if (target.place === "/") replaceRoot(k, context, tree);
}

/** Notes the directory tree that a path of the kernel's own file systems shows from here on. */
export function noteView(k: Executor, { views }: MountContext, tree: Fd, { place }: Target): void {
  if (isView(place)) views.set(place, keepOpen(k, tree));
}

/** Changes the propagation of a mount, in the order of the options. */
export function propagate(k: Executor, mount: Fd, { propagation }: MountOptions): void {
  for (const { type, recursive } of propagation) {
    mountSetattr(k, mount.number, { set: 0, clear: 0, propagation: type }, recursive);
  }
}

/** What is mounted on "/" is the container's root from here on. */
function replaceRoot(k: Executor, context: MountContext, tree: Fd): void {
  context.root[Symbol.dispose]();
  context.root = keepOpen(k, tree);
  context.views.clear();
}

/** A descriptor of a mount that outlives the one it was made with. */
export function keepOpen(k: Executor, mount: Fd): Fd {
  return openAgain(k, mount.number, O_PATH | O_DIRECTORY);
}
