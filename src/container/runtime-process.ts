import { namespaceInode } from "../sys/host-proc.ts";
import { lives, processInfo } from "./process-info.ts";
import type { ContainerRecord } from "./record.ts";

/** A runtime that stays until its container has ended, and deletes it then. */
export type RuntimeProcess = NonNullable<ContainerRecord["runtime"]>;

/** This process. @returns undefined where /proc does not show it */
export function thisRuntime(): RuntimeProcess | undefined {
  const startTime = processInfo(process.pid)?.startTime;
  const pidNamespace = ownPidNamespace();
  if (startTime === undefined || pidNamespace === undefined) return undefined;
  return { pid: process.pid, startTime, pidNamespace };
}

/** Whether a runtime of this boot has ended; undefined where that cannot be seen from here: in another pid namespace. */
export function hasEnded({ pid, startTime, pidNamespace }: RuntimeProcess): boolean | undefined {
  if (pidNamespace !== ownPidNamespace()) return undefined;
  return !lives(pid, startTime);
}

function ownPidNamespace(): number | undefined {
  const inode = namespaceInode("self", "pid");
  return inode === undefined ? undefined : Number(inode);
}
