import { lazy } from "../base/lazy.ts";
import type { Fd } from "./fd.ts";
import { fileSystemType, fstat, O_CLOEXEC, O_DIRECTORY, O_PATH, O_RDONLY, O_WRONLY } from "./files.ts";
import { type DirectoryEntry, listOpen } from "./host-directories.ts";
import { closeFile, must, readOpen, readText, writeOpen } from "./host-files.ts";
import { isNative } from "./koffi.ts";
import { local } from "./local.ts";
import { Procfs } from "./procfs.ts";
import { SyscallError } from "./syscall-error.ts";

// The host's /proc as the runtime reads and writes it: one descriptor, which is sure to be the root of a procfs, for all
// of a command, and below it nothing that is mounted, no link that leads elsewhere (CVE-2025-52881). Paths begin below
// /proc; `self/…` is this process. Errors read as if the path had been opened: `open /proc/1/stat: …`.

/** Say nothing of the file: ENOMEM, ENFILE, EMFILE, negated. */
const shortages: ReadonlySet<number> = new Set([-12, -23, -24]);

const F_GETFD = 1;
const EXDEV = 18;
const EINVAL = 22;
/** statfs(2) f_type of the files of namespaces (linux/magic.h). */
const NSFS_MAGIC = 0x6e736673;

const handle = lazy(() => Procfs.mounted(local));

/** Kinds of namespaces as /proc/PID/ns names them (namespaces(7)). */
export type NamespaceFile = "cgroup" | "ipc" | "mnt" | "net" | "pid" | "time" | "user" | "uts";

/** Whether a descriptor of this process is ours for /proc: it is not to be taken for one that the caller passed. */
export function isProcHandle(fd: number): boolean {
  return handle().number === fd;
}

/**
 * The text of a file. Where no system call has been made yet, node:fs reads it, unverified: `state` and `list`, which
 * only look whether a process is there, get by with that. @throws SyscallError
 */
export function readProc(path: string): string {
  const name = `/proc/${path}`;
  if (!isNative()) return readText(name);
  return withFile(path, O_RDONLY, (fd) => readOpen(fd, name));
}

/** The text of a kernel parameter, by its name with slashes; undefined where the kernel has none of this name. @throws SyscallError */
export function readParameter(name: string): string | undefined {
  if (!isNative()) return unlessMissing(() => readText(`/proc/sys/${name}`).trim());
  const fd = handle().tryOpenCovered(`sys/${name}`, O_RDONLY | O_CLOEXEC);
  if (shortages.has(fd)) must(fd, "open", `/proc/sys/${name}`);
  if (fd < 0) return undefined;
  try {
    return readOpen(fd, `/proc/sys/${name}`).trim();
  } finally {
    closeFile(fd);
  }
}

function unlessMissing<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof SyscallError && !shortages.has(-error.errno)) return undefined;
    throw error;
  }
}

/** Writes a file in one write(2). @throws SyscallError */
export function writeProc(path: string, text: string): void {
  withFile(path, O_WRONLY, (fd) => writeOpen(fd, `/proc/${path}`, text));
}

/** Whether there is something, and be it covered. */
export function isInProc(path: string): boolean {
  const fd = handle().tryOpen(path, O_PATH);
  if (fd >= 0) closeFile(fd);
  return fd >= 0 || fd === -EXDEV;
}

/** What a directory holds, /proc itself by "". @throws SyscallError */
export function listProc(path: string): DirectoryEntry[] {
  const below = path === "" ? "." : path;
  return withFile(below, O_RDONLY | O_DIRECTORY, (fd) => listOpen(fd, `/proc/${path}`));
}

function withFile<T>(path: string, flags: number, action: (fd: number) => T): T {
  const fd = must(handle().tryOpen(path, flags), "open", `/proc/${path}`);
  try {
    return action(fd);
  } finally {
    closeFile(fd);
  }
}

/** Opens a namespace of a process. @throws SyscallError */
export function openNamespace(process: number | "self" | "thread-self", type: NamespaceFile): Fd {
  const path = `${process}/ns/${type}`;
  const namespace = followed(path, O_RDONLY);
  if (fileSystemType(local, namespace.number) === NSFS_MAGIC) return namespace;
  namespace[Symbol.dispose]();
  throw new SyscallError("open", EINVAL, `/proc/${path}`);
}

/** The inode of a process's namespace, which tells it from others; undefined where the process is gone or not ours to look at. */
export function namespaceInode(
  process: number | "self" | "thread-self",
  type: NamespaceFile,
): bigint | undefined {
  return unlessMissing(() => {
    using namespace = followed(`${process}/ns/${type}`, O_PATH);
    return fstat(local, namespace.number).ino;
  });
}

/** Opens the root directory of a process. @throws SyscallError */
export function openRootOf(process: number): Fd {
  return followed(`${process}/root`, O_PATH | O_DIRECTORY);
}

/** Opens the file of one of this process's descriptors anew. @throws SyscallError */
export function reopenDescriptor(fd: number, flags: number): Fd {
  return followed(`self/fd/${fd}`, flags);
}

/** What a descriptor of this process is open on (proc_pid_fd(5)). @throws SyscallError where it is not open */
export function descriptorTarget(fd: number): string {
  // First, as opening /proc/self/fd takes the number of one that is not.
  local.call({ name: "fcntl", args: [fd, F_GETFD], subject: String(fd) });
  return handle().readLink(`self/fd/${fd}`);
}

function followed(path: string, flags: number): Fd {
  try {
    return handle().openLink(path, flags);
  } catch (error) {
    if (error instanceof SyscallError) throw new SyscallError("open", error.errno, `/proc/${path}`);
    throw error;
  }
}
