import { containerTexts, messageOf, reasonOf } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { eventually } from "../../cgroups/patience.ts";
import { managerFrom } from "../../cgroups/select.ts";
import type { Status } from "../../oci/types.ts";
import { loadNative } from "../../sys/koffi.ts";
import { isOfThisBoot } from "../boot.ts";
import { removeLocked } from "../delete.ts";
import { ContainerDirectory } from "../directory.ts";
import { containerIds } from "../list.ts";
import type { RuntimeOptions } from "../options.ts";
import type { ContainerRecord } from "../record.ts";
import { hasEnded } from "../runtime-process.ts";
import { statusOf } from "../status.ts";
import { staleFilters } from "./filters.ts";
import { holdingsOf } from "./holdings.ts";
import { whyDead } from "./judge.ts";
import type { Heap, Leftover } from "./leftover.ts";
import { halfRemoved } from "./recordless.ts";
import { sideFiles } from "./side-files.ts";

/** How long the processes of a container may take to end once its init, or its runtime, has. */
const DYING_MS = 2000;

/** What has become of a leftover. */
export interface Collected extends Leftover {
  readonly removed: boolean;
  /** Why it could not be removed. */
  readonly failure?: unknown;
}

/**
 * Finds what commands have left that were killed, or cut short by a full disk or the machine's end, and removes it. Each
 * container is held while it is judged and removed: one that another command holds is in use, and one that begins
 * meanwhile makes its directory again (`ContainerDirectory.claim`).
 * @param dryRun whether nothing is removed
 */
export function collectGarbage(options: RuntimeOptions, dryRun: boolean): Collected[] {
  loadNative();
  return [
    ...containerIds(options).flatMap((id) => ofContainer(options, id, dryRun)),
    ...staleFilters(options).flatMap((heap) => collect(heap, dryRun)),
  ];
}

/** A container that cannot be judged stays. */
function ofContainer(options: RuntimeOptions, id: string, dryRun: boolean): Collected[] {
  try {
    const directory = ContainerDirectory.of(options, id);
    using lock = directory.lock(false);
    if (lock === undefined) return [];
    return heapsOf(options, directory, id).flatMap((heap) => collect(heap, dryRun));
  } catch (error) {
    if (messageOf(error) !== containerTexts.notExist) log.warn(`load container ${id}: ${reasonOf(error)}`);
    return [];
  }
}

function heapsOf(options: RuntimeOptions, directory: ContainerDirectory, id: string): Heap[] {
  if (!directory.has("state.json")) return halfRemoved(options, directory, id);
  const record = directory.read();
  const status = statusOf(directory, record, true);
  const reason = whyDead({ record, status, runtimeEnded: runtimeEnded(record) });
  if (reason === undefined) return sideFiles(directory, record);
  if (isInhabited(record, status)) return [];
  const found = [{ kind: "container" as const, path: directory.path, container: id }, ...holdingsOf(record)];
  const leftovers = found.map((each) => ({ ...each, reason }));
  return [{ leftovers, remove: () => removeLocked(directory, record) }];
}

function runtimeEnded(record: ContainerRecord): boolean | undefined {
  if (record.runtime === undefined) return undefined;
  return isOfThisBoot(record) ? hasEnded(record.runtime) : true;
}

/**
 * Whether there are processes in the cgroup of a container that has ended: then it is somebody else's who came first (as long
 * as the record says of no process there was nobody but an init, and that dies with its runtime), or the container lives, and
 * is only not seen from here, as in another time namespace its init began at another time.
 */
function isInhabited(record: ContainerRecord, status: Status): boolean {
  const { id, pid, cgroup, ownPidNamespace } = record;
  if (status !== "stopped" || !isOfThisBoot(record) || (pid !== 0 && !ownPidNamespace)) return false;
  const manager = managerFrom(cgroup);
  if (eventually(DYING_MS, () => manager.pids().length === 0)) return false;
  log.warn(`container ${id} stays: there are processes in its cgroup (${manager.pids().join(", ")})`);
  return true;
}

function collect({ leftovers, remove }: Heap, dryRun: boolean): Collected[] {
  if (dryRun) return leftovers.map((each) => ({ ...each, removed: false }));
  try {
    remove();
    return leftovers.map((each) => ({ ...each, removed: true }));
  } catch (failure) {
    return leftovers.map((each) => ({ ...each, removed: false, failure }));
  }
}
