import { TsrunError } from "../base/errors.ts";
import { cloneTree, moveMount } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import {
  fchown,
  fstat,
  fstatAll,
  makeDevice,
  O_NOFOLLOW,
  O_PATH,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFMT,
  type Stat,
} from "../sys/files.ts";
import { openHost } from "../sys/host-paths.ts";
import { findInRoot, splitPath } from "../sys/in-root.ts";
import { makeDirectoryInRoot, makeFileInRoot } from "../sys/make-in-root.ts";
import { chownIn, mknodsIn, type NodeEntry, symlinkIn, unlinkIn } from "../sys/names.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const EPERM = 1;
const EEXIST = 17;

/** An entry of `linux.devices`. */
export interface DeviceEntry {
  readonly path: string;
  readonly type: string;
  readonly major?: number | bigint | undefined;
  readonly minor?: number | bigint | undefined;
  readonly fileMode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** Devices that every container has (runtime-spec config-linux.md "Default Devices"); /dev/ptmx is a link. */
export const defaultDevices: readonly DeviceEntry[] = [
  ["null", 3],
  ["random", 8],
  ["full", 7],
  ["tty", 0],
  ["zero", 5],
  ["urandom", 9],
].map(([name, minor]) => ({
  path: `/dev/${name}`,
  type: "c",
  major: name === "tty" ? 5 : 1,
  minor: Number(minor),
  fileMode: 0o666,
  uid: 0,
  gid: 0,
}));

const links: readonly (readonly [target: string, name: string])[] = [
  ["/proc/self/fd", "fd"],
  ["/proc/self/fd/0", "stdin"],
  ["/proc/self/fd/1", "stdout"],
  ["/proc/self/fd/2", "stderr"],
];
const types: Readonly<Record<string, number>> = { c: S_IFCHR, u: S_IFCHR, b: S_IFBLK, p: S_IFIFO };

/** A device with its place in config.json, if it is named there. */
interface Item {
  readonly entry: DeviceEntry;
  readonly pointer: string | undefined;
}

/**
 * Makes the device nodes: config.json's, then the default ones that it does not name.
 * @param bind in a user namespace mknod(2) is not permitted: the host's nodes are bound instead
 */
export function makeDevices(k: Executor, root: number, entries: readonly DeviceEntry[], bind: boolean): void {
  const named = new Set(entries.map((entry) => entry.path));
  const missing = defaultDevices.filter((device) => !named.has(device.path));
  const items: Item[] = [
    ...entries.map((entry, index) => ({ entry, pointer: `/linux/devices/${index}` })),
    ...missing.map((entry) => ({ entry, pointer: undefined })),
  ];
  const isBound = ({ entry }: Item): boolean => bind && entry.type !== "p";
  bindDevices(k, root, items.filter(isBound));
  for (const [directory, group] of byDirectory(items.filter((item) => !isBound(item)))) {
    using parent = makeDirectoryInRoot(k, root, directory);
    // Not permitted: without CAP_MKNOD, as in a container that this one is nested in.
    bindDevices(k, root, createNodes(k, parent, group));
  }
  k.flush();
}

function inStep(k: Executor, { path }: DeviceEntry, pointer: string | undefined, action: () => void): void {
  k.within(`creating device ${path}`, pointer, action);
}

function byDirectory(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const { directory } = splitPath(item.entry.path);
    const group = groups.get(directory);
    if (group === undefined) groups.set(directory, [item]);
    else group.push(item);
  }
  return groups;
}

/** Makes the nodes of one directory at once. @returns those that this process may not make */
function createNodes(k: Executor, parent: Fd, items: readonly Item[]): Item[] {
  const results = mknodsIn(
    k,
    parent.number,
    items.map(({ entry }) => nodeOf(entry)),
  );
  return items.filter(({ entry, pointer }, index) => {
    const errno = -(results[index] ?? 0);
    if (errno === EPERM && entry.type !== "p") return true;
    inStep(k, entry, pointer, () => settleNode(k, parent, entry, errno));
    return false;
  });
}

function nodeOf(entry: DeviceEntry): NodeEntry {
  const device = entry.type === "p" ? 0 : makeDevice(Number(entry.major ?? 0), Number(entry.minor ?? 0));
  const { name } = splitPath(entry.path);
  return { name, mode: typeOf(entry) | modeOf(entry), device };
}

/** A node that has been made gets its owner; what is there already must be as asked for. */
function settleNode(k: Executor, parent: Fd, entry: DeviceEntry, errno: number): void {
  const { name } = splitPath(entry.path);
  const { uid = 0, gid = 0 } = entry;
  if (errno === 0 && uid === 0 && gid === 0) chownIn(k, parent.number, name, 0, 0);
  else if (errno === 0 || errno === EEXIST) {
    using node = openNode(k, parent, name, entry);
    if (errno === 0) fchown(k, node.number, uid, gid);
  } else throw new SyscallError("mknodat", errno, JSON.stringify(entry.path));
}

function typeOf({ type }: DeviceEntry): number {
  const bits = types[type];
  if (bits === undefined) throw new TsrunError(`unknown device type ${JSON.stringify(type)}`);
  return bits;
}

/** Engines send the bits of the file's type along. */
function modeOf({ fileMode }: DeviceEntry): number {
  return (fileMode ?? 0o666) & 0o7777;
}

/** Opens a node (O_PATH), sure that it is what is asked for; what else is in its place is refused. */
function openNode(k: Executor, parent: Fd, name: string, entry: DeviceEntry): Fd {
  const found = findInRoot(k, parent.number, name, O_PATH | O_NOFOLLOW);
  if (found === undefined) throw refusal(k, `${JSON.stringify(entry.path)} was removed while it was made`);
  if (isAskedFor(found.stat, entry)) return found.fd;
  found.fd[Symbol.dispose]();
  throw refusal(k, `${JSON.stringify(entry.path)} exists in the root file system and is another file`);
}

/** What is no system call's failure, told with its place in config.json. */
function refusal(k: Executor, message: string): TsrunError {
  const pointer = k.step?.pointer;
  return new TsrunError(message, pointer === undefined ? {} : { pointer });
}

function isAskedFor(stat: Stat, entry: DeviceEntry): boolean {
  if ((stat.mode & S_IFMT) !== typeOf(entry)) return false;
  if (entry.type === "p") return true;
  return stat.rdevMajor === Number(entry.major ?? 0) && stat.rdevMinor === Number(entry.minor ?? 0);
}

/** Binds the host's nodes of the same paths, if they are what is asked for: a path alone could lead to any file. */
function bindDevices(k: Executor, root: number, items: readonly Item[]): void {
  const nodes = items.map(({ entry, pointer }) =>
    k.within(`creating device ${entry.path}`, pointer, () =>
      openHost(k, entry.path.startsWith("/") ? entry.path : `/${entry.path}`, O_PATH),
    ),
  );
  const stats = fstatAll(
    k,
    nodes.map(({ number }) => number),
  );
  for (const [index, { entry, pointer }] of items.entries()) {
    inStep(k, entry, pointer, () => {
      using node = nodes[index];
      if (node !== undefined) bindDevice(k, root, entry, node, stats[index] ?? fstat(k, node.number));
    });
  }
}

function bindDevice(k: Executor, root: number, entry: DeviceEntry, host: Fd, stat: Stat): void {
  if (!isAskedFor(stat, entry)) {
    const { type, major = 0, minor = 0 } = entry;
    throw refusal(k, `${JSON.stringify(entry.path)} of the host is not the device ${type} ${major}:${minor}`);
  }
  using tree = cloneTree(k, host.number, false);
  using target = makeFileInRoot(k, root, entry.path);
  moveMount(k, tree.number, target.number);
}

/** Makes /dev/fd, /dev/stdin, …, and /dev/ptmx, which leads to the container's own devpts; present ones stay. */
export function makeDeviceLinks(k: Executor, root: number, hostHasKcore: boolean): void {
  k.within("creating the links in /dev", undefined, () => {
    using dev = makeDirectoryInRoot(k, root, "/dev");
    for (const [target, name] of links) symlinkIn(k, dev.number, name, target, true);
    if (hostHasKcore) symlinkIn(k, dev.number, "core", "/proc/kcore", true);
    unlinkIn(k, dev.number, "ptmx", true);
    symlinkIn(k, dev.number, "ptmx", "pts/ptmx");
  });
}

/** Opens the container's /dev/null for reading or writing, sure of what it is (CVE-2025-31133, CVE-2026-88265). */
export function openNull(k: Executor, root: number, flags: number): Fd {
  const found = findInRoot(k, root, "/dev/null", flags | O_NOFOLLOW);
  if (found === undefined) throw new TsrunError("/dev/null is missing in the root file system");
  const { fd, stat } = found;
  if ((stat.mode & S_IFMT) === S_IFCHR && stat.rdevMajor === 1 && stat.rdevMinor === 3) return fd;
  fd[Symbol.dispose]();
  throw new TsrunError("/dev/null in the root file system is not the null device");
}
