import { realpathSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path/posix";
import type { IdMapping } from "../oci/types.ts";

/** The mappings of a container's user namespace. */
interface Maps {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

type Owner = Pick<Stats, "uid" | "gid" | "mode">;

/**
 * Whether the root of a user namespace is kept from `path` on the host by a directory on the way: engines keep their
 * volumes below ones that only the host's root may enter. What is missing is not out of reach.
 */
export function isOutOfReach(path: string, maps: Maps): boolean {
  try {
    for (let at = realpathSync(path); at !== "/"; ) {
      at = dirname(at);
      if (!mayEnter(statSync(at), maps)) return true;
    }
    return false;
  } catch {
    // Init says what is wrong with it.
    return false;
  }
}

/** Its capabilities count where both owners are its own (capabilities(7), CAP_DAC_OVERRIDE); else it is anybody. */
export function mayEnter({ uid, gid, mode }: Owner, { uids, gids }: Maps): boolean {
  if (isMapped(uid, uids) && isMapped(gid, gids)) return true;
  if (uid === hostRoot(uids)) return (mode & 0o100) !== 0;
  return (mode & (gid === hostRoot(gids) ? 0o010 : 0o001)) !== 0;
}

function isMapped(id: number, ranges: readonly IdMapping[]): boolean {
  return ranges.some(({ hostID, size }) => id >= hostID && id < hostID + size);
}

function hostRoot(ranges: readonly IdMapping[]): number | undefined {
  const range = ranges.find(({ containerID }) => containerID === 0);
  return range?.hostID;
}
