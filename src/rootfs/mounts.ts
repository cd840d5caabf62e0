import { TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { cloneTree, mountSetattr, moveMount, newFileSystem, useMountApi } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import {
  AT_FDCWD,
  fileSystemType,
  fstat,
  O_DIRECTORY,
  O_NOFOLLOW,
  O_PATH,
  openat,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
} from "../sys/files.ts";
import { MOUNT_ATTR_RDONLY } from "../sys/mount.ts";
import { FileSystemError, hasCall } from "../sys/new-mounts.ts";
import { SyscallError } from "../sys/syscall-error.ts";
import { type CgroupMount, mountCgroups } from "./cgroup-mount.ts";
import { copyUp } from "./copy-up.ts";
import { findInRoot, makeDirectoryInRoot, makeFileInRoot, openInRoot } from "./in-root.ts";
import { longOptions, mountLongOptions } from "./long-options.ts";
import { type MountEntry, MountError } from "./mount-error.ts";
import { type MountOptions, parseMountOptions } from "./mount-options.ts";

/** Old kernels are rare. */
const oldMounts = lazy(() => require("../sys/old-mounts.ts") as typeof import("../sys/old-mounts.ts"));

const PROC_SUPER_MAGIC = 0x9fa0;
/** File systems whose superblock is not this container's alone: only the mount is made read-only. */
const sharedSuperblock: ReadonlySet<string> = new Set([
  "proc",
  "sysfs",
  "mqueue",
  "cgroup",
  "cgroup2",
  "devpts",
]);

/** What mounting needs to know of the container. */
export interface MountContext {
  /** The container's root in init's mount namespace (O_PATH). */
  readonly root: number;
  /** Absolute path of the bundle on the host: relative sources of bind mounts start there. */
  readonly bundle: string;
  /** What a mount of type `cgroup` shows. */
  readonly cgroup: CgroupMount | undefined;
}

/**
 * Carries out `mounts` of config.json in their order (runtime-spec config.md "Mounts"): the kernel lists mounts in the
 * order in which they were made. Every target is resolved inside the root to a descriptor and mounted on by it.
 * @throws MountError
 */
export function mountAll(k: Executor, context: MountContext, entries: readonly MountEntry[]): void {
  entries.forEach((entry, index) => {
    const pointer = `/mounts/${index}`;
    try {
      k.within(`mounting ${entry.destination}`, pointer, () => mountOne(k, context, entry));
    } catch (error) {
      if (error instanceof MountError) throw error;
      const cause = error instanceof TsrunError && error.cause instanceof SyscallError ? error.cause : error;
      throw new MountError(entry, pointer, cause);
    }
  });
}

function mountOne(k: Executor, context: MountContext, entry: MountEntry): void {
  const options = parseMountOptions(entry.options ?? []);
  if (options.bind || entry.type === "bind") mountBind(k, context, entry, options);
  else if (options.remount) remount(k, context, entry, options);
  else if (entry.type === "cgroup" && context.cgroup !== undefined)
    mountCgroups(k, context.root, entry.destination, context.cgroup, options);
  else mountFileSystem(k, context, entry, options);
}

function mountBind(k: Executor, context: MountContext, entry: MountEntry, options: MountOptions): void {
  const source = entry.source ?? "";
  const path = source.startsWith("/") ? source : `${context.bundle}/${source}`;
  using tree = cloneTree(k, AT_FDCWD, path, options.recursiveBind || !options.bind);
  const isDirectory = (fstat(k, tree.number).mode & S_IFMT) === S_IFDIR;
  using target = isDirectory
    ? makeDirectoryInRoot(k, context.root, entry.destination)
    : makeFileInRoot(k, context.root, entry.destination);
  refuseProc(k, entry, target, tree);
  attach(k, tree, target, options);
}

/** What is mounted on /proc itself must be a procfs: else labels and sysctls are written to a fake (CVE-2019-16884). */
function refuseProc(k: Executor, entry: MountEntry, target: Fd, tree: Fd): void {
  if (!/^\/+proc\/*$/.test(entry.destination)) return;
  if (fileSystemType(k, tree.number) === PROC_SUPER_MAGIC) return;
  target[Symbol.dispose]();
  throw new TsrunError(
    `${JSON.stringify(entry.destination)} cannot be mounted because it is not of type proc`,
  );
}

function mountFileSystem(k: Executor, context: MountContext, entry: MountEntry, options: MountOptions): void {
  const type = entry.type ?? "none";
  if (type === "proc" || type === "sysfs") refuseSymlink(k, context.root, entry.destination);
  using target = makeDirectoryInRoot(k, context.root, entry.destination);
  const data = type === "tmpfs" ? tmpfsOptions(k, target, options.data) : options.data;
  if (longOptions(data)) {
    mountLongOptions(k, target, entry, options, data);
    return;
  }
  using tree = makeFileSystem(k, type, entry, options, data);
  if (type !== "proc") refuseProc(k, entry, target, tree);
  if (options.copyUp) copyUp(k, target.number, tree.number);
  attach(k, tree, target, options);
}

/** A symbolic link at /proc or /sys redirects what is masked and written there (CVE-2019-19921, CVE-2023-27561). */
function refuseSymlink(k: Executor, root: number, destination: string): void {
  const found = findInRoot(k, root, destination, O_PATH | O_NOFOLLOW);
  if (found === undefined) return;
  found.fd[Symbol.dispose]();
  if ((found.stat.mode & S_IFMT) === S_IFLNK) {
    throw new TsrunError(`${JSON.stringify(destination)} must be mounted on ordinary directory`);
  }
}

/** A tmpfs without a mode of its own gets the mode of the directory that it covers, as runc does it. */
function tmpfsOptions(k: Executor, target: Fd, data: readonly string[]): readonly string[] {
  if (data.some((option) => option.startsWith("mode="))) return data;
  return [...data, `mode=${(fstat(k, target.number).mode & 0o7777).toString(8)}`];
}

function makeFileSystem(
  k: Executor,
  type: string,
  entry: MountEntry,
  options: MountOptions,
  data: readonly string[],
): Fd {
  const readOnly = (options.attributes.set & 1) === 1 && !sharedSuperblock.has(type) && !options.copyUp;
  // What is to be filled first becomes read-only when it is attached.
  const attributes = options.attributes.set & ~(options.copyUp ? MOUNT_ATTR_RDONLY : 0);
  const own = [...options.superblock, ...(readOnly ? ["ro"] : []), ...data];
  try {
    return newFileSystem(k, { type, source: entry.source, options: own, attributes });
  } catch (error) {
    if (!(error instanceof FileSystemError)) throw error;
    throw new MountError(entry, k.step?.pointer, error.cause, error.kernelLog);
  }
}

/** Puts a detached mount in its place, with its attributes before and its propagation after. */
export function attach(k: Executor, tree: Fd, target: Fd, options: MountOptions): void {
  const { attributes, recursiveAttributes } = options;
  if ((attributes.set | attributes.clear) !== 0) mountSetattr(k, tree.number, attributes, false);
  if ((recursiveAttributes.set | recursiveAttributes.clear) !== 0) {
    mountSetattr(k, tree.number, recursiveAttributes, true);
  }
  moveMount(k, tree.number, target.number);
  for (const { type, recursive } of options.propagation) {
    mountSetattr(k, tree.number, { set: 0, clear: 0, propagation: type }, recursive);
  }
}

/** `remount` changes the attributes of what is mounted there already. */
function remount(k: Executor, context: MountContext, entry: MountEntry, options: MountOptions): void {
  using target = openInRoot(k, context.root, entry.destination, O_PATH);
  if (target === undefined)
    throw new TsrunError(`nothing is mounted at ${JSON.stringify(entry.destination)}`);
  if ((options.attributes.set | options.attributes.clear) !== 0) {
    mountSetattr(k, target.number, options.attributes, false);
  }
}

/**
 * Opens the container's root and binds it onto itself, so that it is a mount that pivot_root(2) takes.
 * @param newApi whether mounts are made by the calls of Linux 5.12
 */
export function bindRoot(k: Executor, path: string, newApi = hasNewApi()): Fd {
  using root = openat(k, AT_FDCWD, path, O_PATH | O_DIRECTORY);
  if (!newApi) useMountApi(k, new (oldMounts().OldMounts)(k, path));
  using tree = cloneTree(k, root.number, "", true);
  moveMount(k, tree.number, root.number);
  return openat(k, AT_FDCWD, path, O_PATH | O_DIRECTORY);
}

function hasNewApi(): boolean {
  return hasCall("mount_setattr") && hasCall("open_tree");
}
