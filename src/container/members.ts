import { managerFrom } from "../cgroups/select.ts";
import { listProc, namespaceInode } from "../sys/host-proc.ts";
import { isOfThisBoot } from "./boot.ts";
import type { ContainerRecord } from "./record.ts";
import { isAlive } from "./status.ts";

/**
 * Ids of the container's processes, as the host counts them, ascending: those in its cgroup. A container of an ordinary
 * user may have none; then those in its pid namespace, or init alone where it shares the runtime's.
 */
export function membersOf(record: ContainerRecord): number[] {
  const { cgroup, pid, ownPidNamespace } = record;
  if (!isOfThisBoot(record)) return [];
  if (Object.keys(cgroup.paths).length > 0) return managerFrom(cgroup).pids();
  if (!isAlive(record)) return [];
  const namespace = ownPidNamespace ? pidNamespaceOf(pid) : undefined;
  if (namespace === undefined) return [pid];
  return everyProcess().filter((other) => pidNamespaceOf(other) === namespace);
}

function everyProcess(): number[] {
  const names = listProc("").filter(({ name }) => /^[0-9]+$/.test(name));
  return names.map(({ name }) => Number(name)).sort((a, b) => a - b);
}

/** The namespace by its inode; undefined for a process that is gone, or not this user's to look at. */
function pidNamespaceOf(pid: number): bigint | undefined {
  return namespaceInode(pid, "pid");
}
