import { TsrunError } from "../base/errors.ts";
import { listDirectory, makeDirectories as makeMissing, removeDirectory } from "../sys/host-directories.ts";
import { exists, readText } from "../sys/host-files.ts";
import { isErrno } from "../sys/syscall-error.ts";
import { eventually } from "./patience.ts";
import { get, isRefusal } from "./write.ts";

const MODE = 0o755;
const notAllowed =
  "without cgroupsPath the runtime does without cgroups that this user may not make; else choose one below a cgroup " +
  "that is delegated to the user: an absolute path begins at the root of the tree";
/** How long a process that has been killed may take to exit before its cgroup counts as busy for good. */
const REMOVAL_LIMIT_MS = 5000;

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
  return children(path).flatMap((child) => [...(list(`${child}/cgroup.procs`) ?? []), ...below(child)]);
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
      return new RegExp(`^Tgid:\\s${thread}$`, "m").test(readText(`/proc/${thread}/status`));
    } catch {
      return false;
    }
  });
}

function children(path: string): string[] {
  try {
    const entries = listDirectory(path);
    return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => `${path}/${name}`);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return [];
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
  const failure = tryRmdir(path);
  if (failure === undefined) return undefined;
  // EBUSY is the answer for processes and for children alike.
  for (const child of children(path)) tryRemove(child);
  return tryRmdir(path);
}

function tryRmdir(path: string): unknown {
  try {
    removeDirectory(path);
    return undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    if (isErrno(error, "EBUSY", "ENOTEMPTY")) return error;
    throw error;
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
