import { lazy } from "../base/lazy.ts";
import { unescapePath } from "../base/mountinfo.ts";
import { cloneTree, mountSetattr, newFileSystem } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { fileSystemType, O_DIRECTORY, O_PATH } from "../sys/files.ts";
import { tryOpenHost } from "../sys/host-paths.ts";
import { readProc } from "../sys/host-proc.ts";
import { findInRoot } from "../sys/in-root.ts";
import { MOUNT_ATTR_RDONLY } from "../sys/mount.ts";
import { openAgain } from "../sys/names.ts";
import type { NamespaceType } from "../sys/namespaces.ts";
import { FileSystemError } from "../sys/new-mounts.ts";
import { failedCall, isErrno } from "../sys/syscall-error.ts";
import { needsMount, newByMount, separateLayers } from "./long-options.ts";
import { labelOption, type MountContext } from "./mount-context.ts";
import { type MountEntry, MountError } from "./mount-error.ts";
import type { MountOptions } from "./mount-options.ts";
import { attach, keepOpen, makeTarget, noteView, placeOf, protectProc, type Target } from "./mount-target.ts";
import { ordinaryDirectory } from "./ordinary-directory.ts";

const copying = lazy(() => require("./copy-up.ts") as typeof import("./copy-up.ts"));

/** File systems whose superblock is not this container's alone: only the mount is made read-only. */
const sharedSuperblock: ReadonlySet<string> = new Set([
  "proc",
  "sysfs",
  "mqueue",
  "cgroup",
  "cgroup2",
  "devpts",
]);

/** File systems that have no labels of their own, or that get them in another way (runc has the same). */
const withoutLabel: ReadonlySet<string> = new Set(["proc", "sysfs", "mqueue"]);

/**
 * What stands for a file system that a user namespace may not mount, because the namespace that it shows is the host's:
 * the host's own mount.
 */
const ofTheHost: Readonly<Record<string, HostMount>> = {
  sysfs: { namespace: "network", path: "/sys", magic: 0x62656572 },
  mqueue: { namespace: "ipc", path: "/dev/mqueue", magic: 0x19800202 },
};

interface HostMount {
  readonly namespace: NamespaceType;
  readonly path: string;
  /** What statfs(2) says of such a file system (linux/magic.h). */
  readonly magic: number;
}

/** Mounts a new file system. */
export function mountFileSystem(
  k: Executor,
  context: MountContext,
  entry: MountEntry,
  options: MountOptions,
): void {
  const type = entry.type ?? "none";
  const [target, mode] = targetOf(k, context, entry, options);
  using _ = target.fd;
  protectProc(target.place, entry.destination, () => type === "proc");
  const label = withoutLabel.has(type) ? [] : labelOption(context);
  const data = separateLayers(type, [...mode, ...options.data, ...label]);
  const later = staysWritable(type, target.place, options);
  const attributes = options.attributes.set & ~(later ? MOUNT_ATTR_RDONLY : 0);
  const wanted = { ...options, attributes: { set: attributes, clear: 0 }, data };
  using tree = makeFileSystem(k, context, entry, wanted, target.fd);
  if (type === "mqueue" && context.label !== "") setLabel(k, tree, context.label);
  if (options.copyUp) copying().copyUp(k, target.fd.number, tree.number);
  attach(k, context, tree, target, options);
  noteView(k, context, tree, target);
  if (later) {
    context.readOnlyLater.push({ mount: keepOpen(k, tree), pointer: k.step?.pointer ?? "/mounts" });
  }
}

/** An mqueue takes no label as an option, its root directory does (setxattr(2)). */
function setLabel(k: Executor, tree: Fd, label: string): void {
  using root = openAgain(k, tree.number, O_DIRECTORY);
  const value = new TextEncoder().encode(label);
  const { memory } = k;
  const args = [root.number, memory.string("security.selinux"), memory.data(value), value.length, 0];
  k.queue({ name: "fsetxattr", args, subject: `security.selinux=${label}` });
}

function directory(k: Executor, context: MountContext, entry: MountEntry): Target {
  return makeTarget(k, context, entry, { isDirectory: true });
}

/** Where the file system goes, and an option for its mode, if it is to have that of the directory there. */
function targetOf(
  k: Executor,
  context: MountContext,
  entry: MountEntry,
  options: MountOptions,
): [target: Target, mode: readonly string[]] {
  const { type } = entry;
  if (type === "tmpfs") return tmpfsTarget(k, context, entry, options);
  const make = type === "proc" || type === "sysfs" ? ordinaryDirectory : directory;
  return [make(k, context, entry), []];
}

/** A tmpfs without a mode of its own gets that of the directory that it covers; over none, the kernel's (runc). */
function tmpfsTarget(
  k: Executor,
  context: MountContext,
  entry: MountEntry,
  { data }: MountOptions,
): [target: Target, mode: readonly string[]] {
  if (data.some((option) => option.startsWith("mode="))) return [directory(k, context, entry), []];
  const found = findInRoot(k, context.root.number, entry.destination, O_PATH | O_DIRECTORY);
  if (found === undefined) return [directory(k, context, entry), []];
  const place = placeOf(k, context, entry.destination, found.fd);
  return [{ fd: found.fd, place }, [`mode=${(found.stat.mode & 0o7777).toString(8)}`]];
}

/** In a tmpfs and in /dev more is to be made before they become read-only, as runc has it. */
function staysWritable(type: string, place: string, { attributes, copyUp }: MountOptions): boolean {
  return (attributes.set & MOUNT_ATTR_RDONLY) !== 0 && (type === "tmpfs" || place === "/dev" || copyUp);
}

function makeFileSystem(
  k: Executor,
  context: MountContext,
  entry: MountEntry,
  options: MountOptions,
  target: Fd,
): Fd {
  const { type = "none", source } = entry;
  const { attributes, superblock, data } = options;
  const readOnly = (attributes.set & MOUNT_ATTR_RDONLY) !== 0 && !sharedSuperblock.has(type);
  const own = [...superblock, ...(readOnly ? ["ro"] : []), ...data];
  const wanted = { type, source, options: own, attributes: attributes.set };
  try {
    const tree = needsMount(options, data) ? newByMount(k, target, wanted) : newFileSystem(k, wanted);
    // Whether all of it may be seen is asked when it is mounted, which is queued.
    if (context.namespaces.has("user") && sharedSuperblock.has(type)) k.flush();
    return tree;
  } catch (error) {
    const kernelLog = error instanceof FileSystemError ? error.kernelLog : "";
    const cause = error instanceof FileSystemError ? error.cause : (failedCall(error) ?? error);
    const refused = isErrno(cause, "EPERM");
    const host = ofTheHost[type];
    const shared = host !== undefined && refused && !context.namespaces.has(host.namespace);
    const tree = shared ? bindHosts(k, host, attributes.set) : undefined;
    if (tree !== undefined) return tree;
    const hint = refused ? hintFor(type, shared) : undefined;
    throw new MountError(entry, k.step?.pointer, cause, { kernelLog, hint });
  }
}

/** With what is mounted below, which must be no more writable than it is itself (CVE-2023-25809). */
function bindHosts(k: Executor, { path, magic }: HostMount, set: number): Fd | undefined {
  using host = tryOpenHost(k, path, O_PATH | O_DIRECTORY);
  if (host === undefined || fileSystemType(k, host.number) !== magic) return undefined;
  const tree = cloneTree(k, host.number, true);
  mountSetattr(k, tree.number, { set, clear: 0 }, true);
  return tree;
}

function hintFor(type: string, shared: boolean): string | undefined {
  if (type === "proc") return procHint();
  const { namespace = "", path = "" } = (shared ? ofTheHost[type] : undefined) ?? {};
  if (namespace === "") return undefined;
  return `give the container ${namespace === "ipc" ? "an" : "a"} ${namespace} namespace, or mount ${type} at ${path} on the host, which it then shows`;
}

/** The kernel mounts no proc in a user namespace that sees only a part of the one around it (mount_namespaces(7)). */
function procHint(): string {
  const lines = readProc("self/mountinfo").split("\n");
  const covered = lines
    .map((line) => unescapePath(line.split(" ")[4] ?? ""))
    .filter((point) => point.startsWith("/proc/"));
  const what = covered.length === 0 ? "a part of /proc" : covered.slice(0, 3).join(", ");
  return `${what} is covered where tsrun runs, and the kernel then lets a user namespace mount no new proc: uncover it (Docker: --security-opt systempaths=unconfined), or bind it: type bind, source /proc, option rbind`;
}
