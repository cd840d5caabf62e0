import { directoryOf } from "../../base/path.ts";
import { exists } from "../../sys/host-files.ts";
import { SyscallError } from "../../sys/syscall-error.ts";
import { get, put } from "../write.ts";

/** Those that count for single threads, too; all others for whole processes (cgroup-v2.rst, "Threads"). */
const forThreads: ReadonlySet<string> = new Set(["cpu", "cpuset", "perf_event", "pids"]);

/** Whether a cgroup in threaded mode can have it. */
export function isForThreads(controller: string): boolean {
  return forThreads.has(controller);
}

/**
 * Turns every controller on that there is, in each cgroup from the root of the tree to the parent of `directory`
 * (cgroups(7), cgroup.subtree_control). What can't be turned on is missed by whoever asks for a limit of it.
 */
export function enableControllers(directory: string): void {
  for (const ancestor of ancestors(directory)) {
    const enabled = new Set(words(`${ancestor}/cgroup.subtree_control`));
    const missing = words(`${ancestor}/cgroup.controllers`).filter((controller) => !enabled.has(controller));
    if (missing.length === 0) continue;
    const refusal = turnOn(ancestor, missing);
    // EBUSY: it has processes of its own. One by one it would take the controllers for threads, but its children could have
    // no others any more: that is for who asks for their limits (`enterThreaded`).
    if (refusal === undefined || refusal === "EBUSY") continue;
    for (const one of missing) turnOn(ancestor, [one]);
  }
}

/**
 * Puts a cgroup into threaded mode when that is the only one that it can be in: the cgroup above it is the root of a
 * threaded domain. It can't be moved into otherwise (EOPNOTSUPP), and has the controllers for threads alone. So does runc.
 * @param made the directories on the way to it that were made for it, from the top
 */
export function settleType(directory: string, made: readonly string[]): void {
  if (typeOf(directory) !== "domain invalid") return;
  for (const path of new Set([...made, directory])) {
    if (typeOf(path) === "domain invalid") put(`${path}/cgroup.type`, "threaded");
  }
}

/** What cgroup.type says (cgroup-v2.rst); empty for the root of the tree. */
export function typeOf(directory: string): string {
  return exists(`${directory}/cgroup.type`) ? get(`${directory}/cgroup.type`) : "";
}

/**
 * Gets controllers for threads into a cgroup below one that has processes of its own, which makes that the root of a
 * threaded domain, and `directory` threaded.
 * @returns whether it has got them by that
 */
export function enterThreaded(directory: string, controllers: readonly string[]): boolean {
  const before = words(`${directory}/cgroup.controllers`);
  if (!controllers.every(isForThreads) || controllers.every((one) => before.includes(one))) return false;
  const path = [...ancestors(directory), directory];
  return path.every((current, index) => {
    settleType(current, []);
    const below = path[index + 1];
    if (below === undefined) return true;
    const enabled = words(`${current}/cgroup.subtree_control`);
    const missing = controllers.filter((controller) => !enabled.includes(controller));
    return missing.length === 0 || turnOn(current, missing) === undefined;
  });
}

/** From the tree's root down; above it is no cgroup. */
export function ancestors(directory: string): string[] {
  const parent = directoryOf(directory);
  return exists(`${parent}/cgroup.controllers`) ? [...ancestors(parent), parent] : [];
}

/** A list in a file of a cgroup. */
export function words(path: string): string[] {
  return get(path).split(" ").filter(Boolean);
}

/**
 * Hands controllers down to the cgroups below: all or none of them, as the kernel refuses the whole line for one that
 * can't be. @returns the errno's name of the refusal
 */
export function turnOn(directory: string, controllers: readonly string[]): string | undefined {
  try {
    put(`${directory}/cgroup.subtree_control`, controllers.map((controller) => `+${controller}`).join(" "));
    return undefined;
  } catch (error) {
    if (error instanceof SyscallError) return error.code;
    throw error;
  }
}
