import { readFileSync } from "node:fs";
import { TsrunError } from "../base/errors.ts";
import type { Config } from "../oci/types.ts";
import { enterGroups, makeGroups, removeGroups } from "../resctrl/group.ts";
import { groupName, planResctrl, type ResctrlPlan } from "../resctrl/plan.ts";
import { findResctrl, groupDirectory, lookAt, monitoringDirectory } from "../resctrl/tree.ts";
import { exists } from "../sys/host-files.ts";
import { checkId } from "./id.ts";
import type { Undo } from "./undo.ts";

/** A container's groups in resctrl: `linux.intelRdt`. */
export class ResctrlGroups {
  readonly #plan: ResctrlPlan;

  private constructor(plan: ResctrlPlan) {
    this.#plan = plan;
  }

  /** Decides what is to be done. @throws TsrunError before anything is made */
  static plan(id: string, config: Config): ResctrlGroups | undefined {
    const rdt = config.linux?.intelRdt;
    if (rdt === undefined) return undefined;
    checkId(id);
    const root = findResctrl(readFileSync("/proc/self/mountinfo", "utf8"));
    if (root !== undefined) {
      return new ResctrlGroups(planResctrl(rdt, id, lookAt(root, groupName(rdt, id), id)));
    }
    throw new TsrunError("no resctrl file system is mounted to share out caches and memory bandwidth", {
      pointer: "/linux/intelRdt",
      hint: "mount -t resctrl resctrl /sys/fs/resctrl, where processor and kernel have it",
    });
  }

  /** Puts a process that is executed in a container into its groups, where resctrl still is. */
  static enterExisting(id: string, { linux }: Config, pid: number): void {
    const rdt = linux?.intelRdt;
    const root = rdt === undefined ? undefined : findResctrl(readFileSync("/proc/self/mountinfo", "utf8"));
    if (rdt === undefined || root === undefined) return;
    const group = groupDirectory(root, groupName(rdt, id));
    if (!exists(group)) return;
    const monitoring = rdt.enableMonitoring === true ? monitoringDirectory(group, id) : undefined;
    enterGroups({ root, group, monitoring }, pid);
  }

  /** The directories that are removed with the container, in this order. */
  get owned(): readonly string[] {
    return this.#plan.owned;
  }

  make(undo: Undo): void {
    makeGroups(this.#plan, (remove) => undo.push(remove));
  }

  enter(pid: number): void {
    enterGroups(this.#plan, pid);
  }

  /** Removes the groups of a container that is being deleted. @param owned as its record says */
  static remove(owned: readonly string[]): void {
    removeGroups(owned);
  }
}
