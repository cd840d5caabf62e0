import { TsrunError } from "../base/errors.ts";
import { cloneTree, moveMount } from "../sys/detached-mount.ts";
import type { Call, Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import {
  AT_FDCWD,
  fchmodat,
  fstat,
  lchownat,
  makeDevice,
  mknodCall,
  O_NOFOLLOW,
  O_PATH,
  openat,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_IFMT,
  symlinkat,
  unlinkat,
} from "../sys/files.ts";
import { SyscallError } from "../sys/syscall-error.ts";
import { findInRoot, makeDirectoryInRoot, makeFileInRoot, openInRoot, splitPath } from "./in-root.ts";

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
  const bound = items.filter(({ entry }) => bind && entry.type !== "p");
  const made = items.filter((item) => !bound.includes(item));
  for (const { entry, pointer } of bound) inStep(k, entry, pointer, () => bindDevice(k, root, entry));
  for (const [directory, group] of byDirectory(made)) {
    using parent = makeDirectoryInRoot(k, root, directory);
    createNodes(k, parent, group);
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
    groups.set(directory, [...(groups.get(directory) ?? []), item]);
  }
  return groups;
}

/** Makes the nodes of one directory at once, then sets what mknod(2) does not: its mode is cut by the umask. */
function createNodes(k: Executor, parent: Fd, items: readonly Item[]): void {
  const results = k.attemptAll(items.map(({ entry }) => nodeCall(k, parent, entry)));
  for (const [index, { entry, pointer }] of items.entries()) {
    inStep(k, entry, pointer, () => settleNode(k, parent, entry, -(results[index] ?? 0)));
  }
}

function nodeCall(k: Executor, parent: Fd, entry: DeviceEntry): Call {
  const device = entry.type === "p" ? 0 : makeDevice(Number(entry.major ?? 0), Number(entry.minor ?? 0));
  const { name } = splitPath(entry.path);
  return mknodCall(k, parent.number, name, typeOf(entry) | modeOf(entry), device);
}

function settleNode(k: Executor, parent: Fd, entry: DeviceEntry, errno: number): void {
  const { name } = splitPath(entry.path);
  if (errno === EEXIST) {
    checkExisting(k, parent, name, entry);
    return;
  }
  if (errno !== 0) throw new SyscallError("mknodat", errno, JSON.stringify(entry.path));
  fchmodat(k, parent.number, name, modeOf(entry));
  lchownat(k, parent.number, name, entry.uid ?? 0, entry.gid ?? 0);
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

/** A node that is there already must be as asked for; what else is in its place is refused. */
function checkExisting(k: Executor, parent: Fd, name: string, entry: DeviceEntry): void {
  using found = openInRoot(k, parent.number, name, O_PATH | O_NOFOLLOW);
  if (found === undefined)
    throw new TsrunError(`${JSON.stringify(entry.path)} was removed while it was made`);
  const stat = fstat(k, found.number);
  const same = entry.type === "p" || (stat.rdevMajor === entry.major && stat.rdevMinor === entry.minor);
  if ((stat.mode & S_IFMT) === typeOf(entry) && same) return;
  throw new TsrunError(`${JSON.stringify(entry.path)} exists in the root file system and is another file`);
}

function bindDevice(k: Executor, root: number, entry: DeviceEntry): void {
  using host = openat(k, AT_FDCWD, entry.path, O_PATH);
  using tree = cloneTree(k, host.number, "", false);
  using target = makeFileInRoot(k, root, entry.path);
  moveMount(k, tree.number, target.number);
}

/** Makes /dev/fd, /dev/stdin, …, and /dev/ptmx, which leads to the container's own devpts; present ones stay. */
export function makeDeviceLinks(k: Executor, root: number, hostHasKcore: boolean): void {
  k.within("creating the links in /dev", undefined, () => {
    using dev = makeDirectoryInRoot(k, root, "/dev");
    for (const [target, name] of links) symlinkat(k, target, dev.number, name, true);
    if (hostHasKcore) symlinkat(k, "/proc/kcore", dev.number, "core", true);
    unlinkat(k, dev.number, "ptmx", true);
    symlinkat(k, "pts/ptmx", dev.number, "ptmx");
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
