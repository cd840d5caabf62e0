import { TsrunError } from "../base/errors.ts";
import type { IntelRdt } from "../oci/types.ts";
import { findMismatch } from "./schemata.ts";
import { groupDirectory, monitoringDirectory, type ResctrlView } from "./tree.ts";

const place = "/linux/intelRdt";

/** Names that are taken in the root of every resctrl file system. */
const reserved: ReadonlySet<string> = new Set(["info", "mon_groups", "mon_data"]);

/** Lines to be written to a group's schemata in one write. */
export interface SchemataWrite {
  readonly text: string;
  /** JSON pointer to the property that has them. */
  readonly pointer: string;
}

/** What is done for `linux.intelRdt`. */
export interface ResctrlPlan {
  readonly root: string;
  /** Directory of the control group that the container is put into. */
  readonly group: string;
  /** Whether that group is to be made. */
  readonly isNew: boolean;
  /** Directory of the container's own monitoring group, if it gets one. */
  readonly monitoring: string | undefined;
  readonly writes: readonly SchemataWrite[];
  /** Directories that go with the container, in the order of their removal. */
  readonly owned: readonly string[];
}

/** The control group's name: the class of service, or the container's id. @throws TsrunError where none can have it */
export function groupName({ closID = "" }: IntelRdt, id: string): string {
  if (closID !== "") return closID;
  if (!reserved.has(id)) return id;
  throw new TsrunError(`resctrl keeps the name ${id}, so no group can be named after the container`, {
    pointer: place,
    hint: "name one by closID",
  });
}

/**
 * Decides what to do for `linux.intelRdt` (config-linux.md, "IntelRdt"): a class of service that is there must have
 * the values asked for, one that is not is only made if they are given. What `schemata` says is written in any case.
 * @throws TsrunError with the place of what cannot be done
 */
export function planResctrl(rdt: IntelRdt, id: string, view: ResctrlView): ResctrlPlan {
  const { closID = "", enableMonitoring = false } = rdt;
  const group = groupDirectory(view.root, groupName(rdt, id));
  const writes = schemataWrites(rdt);
  const isNew = view.schemata === undefined;
  checkResources(rdt, view);
  if (closID !== "") checkClass(closID, writes, view);
  const monitoring = enableMonitoring ? monitoringDirectory(group, id) : undefined;
  if (view.isMonitored && monitoring !== undefined) {
    throw new TsrunError(`the monitoring group ${monitoring} is there already`, {
      pointer: `${place}/enableMonitoring`,
      hint: "remove it if no container of this id runs",
    });
  }
  const owned = [
    ...(monitoring === undefined ? [] : [monitoring]),
    ...(isNew && closID === "" ? [group] : []),
  ];
  return { root: view.root, group, isNew, monitoring, writes, owned };
}

/** In the order of the specification, one write each: in a write of its own the last one counts. */
function schemataWrites({ l3CacheSchema = "", memBwSchema = "", schemata = [] }: IntelRdt): SchemataWrite[] {
  return [
    { text: l3CacheSchema, pointer: `${place}/l3CacheSchema` },
    { text: memBwSchema, pointer: `${place}/memBwSchema` },
    { text: schemata.join("\n"), pointer: `${place}/schemata` },
  ].filter(({ text }) => text !== "");
}

function checkResources(rdt: IntelRdt, view: ResctrlView): void {
  const { l3CacheSchema = "", memBwSchema = "", enableMonitoring = false } = rdt;
  const needs: readonly [asked: boolean, able: boolean, property: string, what: string][] = [
    [l3CacheSchema !== "", view.controlsCache, "l3CacheSchema", "control the L3 cache (info/L3)"],
    [memBwSchema !== "", view.controlsBandwidth, "memBwSchema", "control memory bandwidth (info/MB)"],
    [enableMonitoring, view.monitors, "enableMonitoring", "monitor anything (info/L3_MON)"],
  ];
  for (const [asked, able, property, what] of needs) {
    if (!asked || able) continue;
    throw new TsrunError(`resctrl on this machine does not ${what}`, { pointer: `${place}/${property}` });
  }
}

function checkClass(closID: string, writes: readonly SchemataWrite[], { schemata }: ResctrlView): void {
  if (schemata === undefined) {
    if (writes.length > 0) return;
    throw new TsrunError(`there is no class of service ${JSON.stringify(closID)} in resctrl`, {
      pointer: `${place}/closID`,
      hint: "make it, or say what it shall have by schemata",
    });
  }
  for (const { text, pointer } of writes.filter(({ pointer }) => pointer !== `${place}/schemata`)) {
    const mismatch = findMismatch(text, schemata);
    if (mismatch === undefined) continue;
    const name = JSON.stringify(closID);
    throw new TsrunError(`the class of service ${name} is not what is asked for: ${mismatch}`, { pointer });
  }
}
