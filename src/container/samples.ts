import { containerTexts, messageOf, reasonOf, TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { managerFrom } from "../cgroups/select.ts";
import type { CgroupStats, StatsPart } from "../cgroups/stats.ts";
import { ContainerDirectory } from "./directory.ts";
import { containerIds } from "./list.ts";
import type { RuntimeOptions } from "./options.ts";
import { isAlive } from "./status.ts";

/** What a container's cgroup counted at one moment. */
export interface Sample {
  readonly id: string;
  /** Tells a container from a later one of the same id. */
  readonly startTime: number;
  /** Milliseconds on a clock that is never set (performance.now). */
  readonly at: number;
  readonly stats: CgroupStats;
}

const parts: readonly StatsPart[] = ["cpu", "memory", "pids", "io"];

/** Containers that could not be read: each is told of once. */
const warned = new Set<string>();

/**
 * A sample of each container whose init is alive, by id; of `ids` alone if there are any. One that cannot be read is a
 * warning; the others are looked at.
 */
export function takeSamples(options: RuntimeOptions, ids: readonly string[]): Sample[] {
  return (ids.length === 0 ? containerIds(options) : ids).flatMap((id) => {
    try {
      return takeSample(options, id) ?? [];
    } catch (error) {
      if (!warned.has(id)) log.warn(`statistics of container ${id}: ${reasonOf(error)}`);
      warned.add(id);
      return [];
    }
  });
}

/** @throws TsrunError `container does not exist`, or `container with id ID is not running` */
export function checkRunning(options: RuntimeOptions, ids: readonly string[]): void {
  for (const id of ids) {
    if (isAlive(ContainerDirectory.of(options, id).read())) continue;
    throw new TsrunError(`container with id ${id} is not running`);
  }
}

/** A container may be made or deleted at this very moment. */
function takeSample(options: RuntimeOptions, id: string): Sample | undefined {
  try {
    const record = ContainerDirectory.of(options, id).read();
    if (!isAlive(record)) return undefined;
    const at = performance.now();
    return { id, startTime: record.startTime, at, stats: managerFrom(record.cgroup).stats(parts) };
  } catch (error) {
    if (messageOf(error) === containerTexts.notExist) return undefined;
    throw error;
  }
}
