import { TsrunError } from "../../base/errors.ts";
import { directoryOf } from "../../base/path.ts";
import { exists } from "../../sys/host-files.ts";
import { processesBelow } from "../directory.ts";
import { notDelegated } from "../refusal.ts";
import type { CgroupWrite } from "../write.ts";
import { ancestors, isForThreads, turnOn, typeOf, words } from "./enable.ts";

const UNIFIED = "/linux/resources/unified/";

/** What files need that a kernel with their controller may lack (cgroup-v2.rst; the kernel's configuration and history). */
const needs: Readonly<Record<string, string>> = {
  "cpu.idle": "Linux 5.15",
  "cpu.max.burst": "Linux 5.14",
  "io.weight": "the scheduler bfq, or the cost model of CONFIG_BLK_CGROUP_IOCOST",
  "memory.swap.max": "a kernel that counts swap (CONFIG_SWAP, and no swapaccount=0 on its command line)",
};

/**
 * The error of a write to a file that a cgroup does not have: which cgroup on the way to it does not hand the controller
 * down, for what reason, and what to do. `unified` and threaded mode in runc's words.
 */
export function missingFile(directory: string, asked: CgroupWrite, cause: unknown): TsrunError {
  // What was tried last.
  const { controller, file, value, pointer } = asked.otherwise ?? asked;
  const type = typeOf(directory);
  if (type.endsWith("threaded") && !isForThreads(controller)) {
    const text = `cannot enter cgroupv2 ${JSON.stringify(directory)} with domain controllers -- it is in ${type} mode`;
    return new TsrunError(`${text}: no ${file}`, { pointer, hint: threadedHint(directory) });
  }
  const files = asked.otherwise === undefined ? `no ${file}` : `neither ${asked.file} nor ${file}`;
  const need = Object.hasOwn(needs, file) ? `: it needs ${needs[file]}` : "";
  const hint = whyMissing(directory, controller) ?? `the kernel has ${files} in this cgroup${need}`;
  if (!pointer.startsWith(UNIFIED)) {
    const text = `cgroup controller ${controller}: writing ${JSON.stringify(value)} to ${directory}/${file}`;
    return new TsrunError(text, { cause, pointer, hint });
  }
  const name = JSON.stringify(file);
  if (controller === "cgroup" || words(`${directory}/cgroup.controllers`).includes(controller)) {
    return new TsrunError(`unable to set unified resource ${name}`, { cause, pointer, hint });
  }
  const text = `unified resource ${name} can't be set: controller ${JSON.stringify(controller)} not available`;
  return new TsrunError(text, { pointer, hint });
}

/** Why a cgroup that could not be made has no limit; undefined where it could have had it. */
export function whyNowhere(directory: string, controller: string): string | undefined {
  let path = directory;
  while (path.length > 1 && !exists(`${path}/cgroup.controllers`)) path = directoryOf(path);
  const [root = path] = ancestors(path);
  return words(`${root}/cgroup.controllers`).includes(controller) ? undefined : notInTree(root, controller);
}

/** Why a cgroup lacks a controller; undefined where it has it. */
export function whyMissing(directory: string, controller: string): string | undefined {
  // cgroup.max.depth and the like are no controller's.
  if (controller === "cgroup") return undefined;
  const path = ancestors(directory);
  const [root = directory] = path;
  if (!words(`${root}/cgroup.controllers`).includes(controller)) return notInTree(root, controller);
  const gap = path.find((one) => !words(`${one}/cgroup.subtree_control`).includes(controller));
  return gap === undefined ? undefined : notHandedDown(gap, controller);
}

/** The true root has no type; that of a cgroup namespace has. */
function notInTree(root: string, controller: string): string {
  const where = `${root}/cgroup.controllers has no ${controller}`;
  return exists(`${root}/cgroup.type`)
    ? `${where}: the container or cgroup namespace around tsrun was not given it`
    : `${where}: this kernel is built or booted without it, or has it in a cgroup v1 hierarchy`;
}

/** Asks once more, for the kernel's reason. */
function notHandedDown(directory: string, controller: string): string {
  const file = `${directory}/cgroup.subtree_control`;
  const refusal = turnOn(directory, [controller]);
  switch (refusal) {
    case undefined:
      return `${file} had no ${controller}, but has now: somebody else writes it, too`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return `${file} has no ${controller}, and this user may not add it: ${notDelegated}`;
    case "EBUSY": {
      const count = processesBelow(directory).length;
      return (
        `${directory} has processes of its own (${count} with those below) and so can't hand ${controller} down ` +
        '("no internal processes", cgroups(7)): move them into a cgroup below it, or choose another cgroupsPath'
      );
    }
    case "ENOTSUP":
      return threadedHint(directory);
    default:
      return `${file} has no ${controller}, and the kernel does not take it: ${refusal}`;
  }
}

function threadedHint(directory: string): string {
  return (
    `${directory} is in a threaded domain (cgroup.type ${JSON.stringify(typeOf(directory))}), where only cpu, cpuset, ` +
    "perf_event and pids limit: choose a cgroupsPath elsewhere, not below a cgroup that has processes of its own"
  );
}
