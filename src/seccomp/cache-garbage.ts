import { existsSync, lstatSync, readdirSync } from "node:fs";
import { S_IFDIR } from "../sys/files.ts";
import { isOwn } from "./cache.ts";
import { named } from "./cache-writer.ts";

/** Days after which a filter that no container has is one of an older profile, kernel or tsrun: all are in its name. */
const MAX_DAYS = 7;
const DAY_MS = 86_400_000;

/** A file of the cache that nobody will ask for. */
export interface UnusedFilter {
  readonly path: string;
  readonly reason: string;
}

/**
 * Filters that can go, and drafts whose writer has died; nothing that no writer has named. To remove one that is asked for
 * after all costs its compilation.
 * @param inUse names (cache.ts) of the filters of containers that there are
 * @param now milliseconds since 1970
 */
export function unusedFilters(directory: string, inUse: ReadonlySet<string>, now: number): UnusedFilter[] {
  if (!isOwn(lstatSync(directory), S_IFDIR | 0o700)) return [];
  return readdirSync(directory)
    .sort()
    .flatMap((name) => {
      const path = `${directory}/${name}`;
      const reason = whyUnused(path, name, inUse, now);
      return reason === undefined ? [] : [{ path, reason }];
    });
}

function whyUnused(path: string, name: string, inUse: ReadonlySet<string>, now: number): string | undefined {
  const match = named.exec(name);
  if (match === null) return undefined;
  const [, writer] = match;
  if (writer !== undefined) {
    return existsSync(`/proc/${writer}`) ? undefined : "its writer was killed before it was whole";
  }
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined || inUse.has(name)) return undefined;
  // A file system may keep the time of the last reading a day behind, or not at all.
  const idle = now - Math.max(stat.mtimeMs, stat.atimeMs);
  return idle > MAX_DAYS * DAY_MS
    ? `no container has it, and none has read it for ${MAX_DAYS} days`
    : undefined;
}
