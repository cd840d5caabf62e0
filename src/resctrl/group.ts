import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { TsrunError } from "../base/errors.ts";
import type { ResctrlPlan } from "./plan.ts";

const place = "/linux/intelRdt";

/** Makes the groups of a plan and gives them their schemata; `undo` is told of each directory that was made. */
export function makeGroups(plan: ResctrlPlan, undo: (remove: () => void) => void): void {
  const { root, group, isNew, monitoring } = plan;
  if (isNew) make(root, group, `${place}/closID`, undo);
  for (const write of plan.writes) writeSchemata(root, group, write);
  if (monitoring !== undefined) make(root, monitoring, `${place}/enableMonitoring`, undo);
}

/** Writes lines to a group's schemata, all of which the kernel takes or none. @throws TsrunError with its reason */
export function writeSchemata(
  root: string,
  group: string,
  { text, pointer }: { readonly text: string; readonly pointer?: string },
): void {
  attempt(root, `writing ${JSON.stringify(text)} to ${group}/schemata`, pointer, () => {
    writeFileSync(`${group}/schemata`, `${text}\n`);
  });
}

/** Puts a process into the groups of a plan; its children come along. */
export function enterGroups(
  { root, group, monitoring }: Pick<ResctrlPlan, "root" | "group" | "monitoring">,
  pid: number,
): void {
  for (const directory of monitoring === undefined ? [group] : [group, monitoring]) {
    attempt(root, `writing ${pid} to ${directory}/tasks`, place, () => {
      writeFileSync(`${directory}/tasks`, String(pid));
    });
  }
}

/** Removes groups, those that are gone excepted; what is still in one falls back to the group above. */
export function removeGroups(directories: readonly string[]): void {
  for (const directory of directories) {
    try {
      rmdirSync(directory);
    } catch (cause) {
      // EPERM is what whoever comes second may get, too (rdtgroup_rmdir, fs/resctrl/rdtgroup.c).
      if (existsSync(directory)) throw new TsrunError(`removing the resctrl group ${directory}`, { cause });
    }
  }
}

function make(root: string, directory: string, pointer: string, undo: (remove: () => void) => void): void {
  attempt(root, `making the resctrl group ${directory}`, pointer, () => mkdirSync(directory));
  undo(() => removeGroups([directory]));
}

/** Carries out a step; the kernel says in a file why it refused (resctrl.rst, "last_cmd_status"). */
function attempt(root: string, text: string, pointer: string | undefined, action: () => void): void {
  try {
    action();
  } catch (cause) {
    const reason = lastStatus(root);
    throw new TsrunError(reason === "" ? text : `${text} (resctrl says: ${reason})`, {
      cause,
      ...(pointer === undefined ? {} : { pointer }),
    });
  }
}

function lastStatus(root: string): string {
  try {
    const status = readFileSync(`${root}/info/last_cmd_status`, "utf8").trim();
    return status === "ok" ? "" : status;
  } catch {
    return "";
  }
}
