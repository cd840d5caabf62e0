import { TsrunError } from "../base/errors.ts";
import { O_DIRECTORY, O_PATH } from "../sys/files.ts";
import { listDirectory, makeDirectories as makeMissing, removeDirectory } from "../sys/host-directories.ts";
import { closeFile, exists, openFile } from "../sys/host-files.ts";
import { readProc } from "../sys/host-proc.ts";
import { isErrno } from "../sys/syscall-error.ts";
import { eventually } from "./patience.ts";
import { get, isRefusal } from "./write.ts";

const MODE = 0o755;
const notAllowed =
  "without cgroupsPath the runtime does without cgroups that this user may not make; else choose one below a cgroup " +
  "that is delegated to the user: an absolute path begins at the root of the tree";
/** How long a process that has been killed may take to exit before its cgroup counts as busy for good. */
const REMOVAL_LIMIT_MS = 5000;
/** Characters of a path that a name and a file's can still follow, whatever bytes they are (PATH_MAX is 4096). */
const LONG_PATH = 1000;

/**
 * Makes a cgroup's directory and those above it that are missing, from the top.
 * @returns what was made, in this order
 * @throws TsrunError that names the cgroup
 */
export function makeDirectories(path: string): string[] {
  try {
    return makeMissing(path, MODE);
  } catch (cause) {
    throw new TsrunError(`creating cgroup ${path}`, {
      cause,
      pointer: "/linux/cgroupsPath",
      ...(isRefusal(cause) ? { hint: notAllowed } : {}),
    });
  }
}

/** Ids of the processes in a cgroup and in those below it; none where there is no such cgroup. */
export function processesBelow(path: string): number[] {
  const own = list(`${path}/cgroup.procs`);
  return own === undefined ? leaders(list(`${path}/cgroup.threads`) ?? []) : [...own, ...below(path)];
}

/** A threaded cgroup lists no processes (EOPNOTSUPP, cgroups(7)): those in it are listed by the domain above. */
function below(path: string): number[] {
  const found: number[][] = [];
  walk(path, (cgroup) => {
    if (cgroup !== path) found.push(list(`${cgroup}/cgroup.procs`) ?? []);
  });
  return found.flat();
}

/** The numbers in a file of a cgroup, which may go away meanwhile. @returns undefined where the kernel has none to say there */
function list(path: string): number[] | undefined {
  try {
    return get(path).split("\n").filter(Boolean).map(Number);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return [];
    if (isErrno(error, "ENOTSUP")) return undefined;
    throw error;
  }
}

/** Of threads those that stand for their process (proc_pid_status(5), Tgid). */
function leaders(threads: readonly number[]): number[] {
  return threads.filter((thread) => {
    try {
      return new RegExp(`^Tgid:\\s${thread}$`, "m").test(readProc(`${thread}/status`));
    } catch {
      return false;
    }
  });
}

/** A cgroup whose children are being gone through. */
interface Level {
  readonly path: string;
  /** What holds it where its path is long; the paths of its children then begin there. */
  readonly fd: number | undefined;
  readonly left: string[];
}

/**
 * Visits a cgroup and all below it, each after those in it. A container may nest them deeper than a path can be long: from
 * some depth on they are found through the descriptor of one above; and deeper than calls can be nested.
 */
function walk(top: string, visit: (path: string) => void): void {
  const levels = [levelOf(top)];
  try {
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const child = level.left.pop();
      if (child !== undefined) {
        levels.push(levelOf(child));
        continue;
      }
      levels.pop();
      close(level);
      visit(level.path);
    }
  } finally {
    levels.forEach(close);
  }
}

function levelOf(path: string): Level {
  if (path.length <= LONG_PATH) return { path, fd: undefined, left: children(path) };
  const fd = whileThere(() => openFile(path, O_PATH | O_DIRECTORY));
  return { path, fd, left: fd === undefined ? [] : children(`/proc/self/fd/${fd}`) };
}

function close({ fd }: Level): void {
  if (fd !== undefined) closeFile(fd);
}

function children(path: string): string[] {
  const entries = whileThere(() => listDirectory(path)) ?? [];
  return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => `${path}/${name}`);
}

/** @returns undefined where the cgroup is gone */
function whileThere<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return undefined;
    throw error;
  }
}

/**
 * Removes a cgroup and those below it, which its processes may have made. An exiting process keeps it busy for a moment.
 * @param limit milliseconds after which a cgroup that is still busy is so for good
 * @throws TsrunError then
 */
export function removeTree(path: string, limit = REMOVAL_LIMIT_MS): void {
  let failure: unknown;
  const isGone = () => {
    failure = tryRemove(path);
    return failure === undefined;
  };
  if (eventually(limit, isGone)) return;
  const left = processesBelow(path);
  const reason = left.length === 0 ? "" : ` (processes in it: ${left.join(", ")})`;
  throw new TsrunError(`removing cgroup ${path}${reason}`, { cause: failure });
}

/** Removes a cgroup and those below it where nobody is in them. @returns whether they are gone */
export function tryRemoveTree(path: string): boolean {
  return tryRemove(path) === undefined;
}

/** @returns why the cgroup is still there */
function tryRemove(path: string): unknown {
  let failure = tryRmdir(path);
  // EBUSY is the answer for processes and for children alike.
  if (failure !== undefined) {
    walk(path, (cgroup) => {
      failure = tryRmdir(cgroup);
    });
  }
  return failure;
}

function tryRmdir(path: string): unknown {
  try {
    removeDirectory(path);
    return undefined;
  } catch (error) {
    // ENODEV: another is removing it (kernfs_iop_rmdir).
    if (isErrno(error, "ENOENT", "ENODEV")) return undefined;
    if (isErrno(error, "EBUSY", "ENOTEMPTY")) return error;
    throw error;
  }
}

/**
 * Removes a container's cgroups where nobody is in them and there is none below. That the kernel takes them away says so, too:
 * they need not be looked through.
 * @returns false where one is in use, or may not be removed; those before it are gone
 */
export function removeIfEmpty(paths: Iterable<string>): boolean {
  try {
    for (const path of paths) if (tryRmdir(path) !== undefined) return false;
    return true;
  } catch {
    return false;
  }
}

/** Removes directories that are empty, the deepest first; one that somebody uses stays. */
export function removeUnused(directories: readonly string[]): void {
  for (const path of [...directories].sort((a, b) => b.length - a.length)) tryRmdir(path);
}

/** A cgroup that was there before is the container's only when nobody is in it. @throws TsrunError otherwise */
export function refuseOccupied(path: string): void {
  const found = processesBelow(path).length;
  if (found > 0)
    throw new TsrunError(`container's cgroup is not empty: ${found} process(es) found in ${path}`);
}

/** Whether any of the directories is there. */
export function someExist(paths: Iterable<string>): boolean {
  return [...paths].some(exists);
}
