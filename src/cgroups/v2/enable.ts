import { directoryOf } from "../../base/path.ts";
import { exists } from "../../sys/host-files.ts";
import { get, put } from "../write.ts";

/**
 * Turns every controller on that there is, in each cgroup from the root of the tree to the parent of `directory`
 * (cgroups(7), cgroup.subtree_control). What can't be turned on is missed by whoever asks for a limit of it.
 */
export function enableControllers(directory: string): void {
  for (const ancestor of ancestors(directory)) {
    const enabled = new Set(words(`${ancestor}/cgroup.subtree_control`));
    const missing = words(`${ancestor}/cgroup.controllers`).filter((controller) => !enabled.has(controller));
    if (missing.length > 0 && !turnOn(ancestor, missing)) {
      for (const one of missing) turnOn(ancestor, [one]);
    }
  }
}

/** From the tree's root down; above it is no cgroup. */
function ancestors(directory: string): string[] {
  const parent = directoryOf(directory);
  return exists(`${parent}/cgroup.controllers`) ? [...ancestors(parent), parent] : [];
}

function words(path: string): string[] {
  return get(path).split(" ").filter(Boolean);
}

/** All or none of them: the kernel refuses the whole line for one that can't be. */
function turnOn(directory: string, controllers: readonly string[]): boolean {
  try {
    put(`${directory}/cgroup.subtree_control`, controllers.map((controller) => `+${controller}`).join(" "));
    return true;
  } catch {
    return false;
  }
}
