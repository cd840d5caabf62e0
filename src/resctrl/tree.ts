import { existsSync, readFileSync } from "node:fs";
import { unescapePath } from "../base/mountinfo.ts";

/** A line of /proc/PID/mountinfo that shows the whole of a resctrl file system: the fourth field is its root. */
const resctrlMount = /^\d+ \d+ \S+ \/ (\S+) .*? - resctrl /m;

/** Where resctrl is mounted; undefined where it is not. @param mountinfo the text of /proc/self/mountinfo */
export function findResctrl(mountinfo: string): string | undefined {
  const point = resctrlMount.exec(mountinfo)?.[1];
  return point === undefined ? undefined : unescapePath(point);
}

/** What plan.ts must know of a machine's resctrl file system (Documentation/filesystems/resctrl.rst). */
export interface ResctrlView {
  /** Its mount point. */
  readonly root: string;
  /** Whether it controls caches, memory bandwidth, and whether it monitors. */
  readonly controlsCache: boolean;
  readonly controlsBandwidth: boolean;
  readonly monitors: boolean;
  /** The schemata of the group that is asked for; undefined where there is no such group. */
  readonly schemata: string | undefined;
  /** Whether that group has a monitoring group of the container's name. */
  readonly isMonitored: boolean;
}

/** The directory of a control group: `/` is the default class, which is the root. */
export function groupDirectory(root: string, name: string): string {
  return name === "/" ? root : `${root}/${name}`;
}

/** The directory of a control group's monitoring group. */
export function monitoringDirectory(group: string, id: string): string {
  return `${group}/mon_groups/${id}`;
}

/** A machine that only monitors has no such file. */
function schemataOf(group: string): string {
  const path = `${group}/schemata`;
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** Looks at a resctrl file system. @param name of the control group @param id the container's */
export function lookAt(root: string, name: string, id: string): ResctrlView {
  const group = groupDirectory(root, name);
  // With code and data prioritization the cache has two lines in place of one.
  const controls = (...resources: string[]): boolean =>
    resources.some((resource) => existsSync(`${root}/info/${resource}`));
  return {
    root,
    controlsCache: controls("L3", "L3CODE"),
    controlsBandwidth: controls("MB"),
    monitors: controls("L3_MON"),
    schemata: existsSync(group) ? schemataOf(group) : undefined,
    isMonitored: existsSync(monitoringDirectory(group, id)),
  };
}
