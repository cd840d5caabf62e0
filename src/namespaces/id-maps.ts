import { TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import { effectiveGid, effectiveUid, isRoot } from "../base/own-process.ts";
import type { IdMapping } from "../oci/types.ts";
import { readProc, writeProc } from "../sys/host-proc.ts";

/** Needed without root only. */
const mapHelper = lazy(() => require("./map-helper.ts") as typeof import("./map-helper.ts"));

/** The text of /proc/PID/uid_map for mappings (user_namespaces(7)). */
export function mapText(mappings: readonly IdMapping[]): string {
  return mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join("");
}

/**
 * Writes the id maps of a process in a new user namespace. Root writes them itself; everyone else is helped by
 * newuidmap and newgidmap (shadow's setuid helpers, which check /etc/subuid), unless they map only themselves.
 * setgroups(2) is denied first where the writer has no CAP_SETGID (CVE-2014-8989).
 * @param pointer to what asks for them, where it is neither of `linux`
 */
export function writeIdMaps(
  pid: number,
  uids: readonly IdMapping[],
  gids: readonly IdMapping[],
  pointer?: string,
): void {
  writeMap(pid, "uid", uids, pointer);
  if (deniesGroups(gids)) put(`${pid}/setgroups`, "deny");
  writeMap(pid, "gid", gids, pointer);
}

/** Whether `writeIdMaps` must deny setgroups(2) for the kernel to take the map (user_namespaces(7), since Linux 3.19). */
export function deniesGroups(gids: readonly IdMapping[]): boolean {
  return !isRoot() && mapsOneself("gid", gids);
}

/** What the kernel lets an ordinary user write: a single id, the writer's own. */
function mapsOneself(kind: "uid" | "gid", [first, ...others]: readonly IdMapping[]): boolean {
  const own = kind === "uid" ? effectiveUid() : effectiveGid();
  return others.length === 0 && first?.size === 1 && first.hostID === own;
}

function writeMap(
  pid: number,
  kind: "uid" | "gid",
  mappings: readonly IdMapping[],
  pointer = `/linux/${kind}Mappings`,
): void {
  const path = `${pid}/${kind}_map`;
  if (isRoot() || mapsOneself(kind, mappings)) put(path, mapText(mappings), pointer);
  else mapHelper().writeWithHelper(pid, kind, mappings);
}

function put(path: string, text: string, pointer?: string): void {
  try {
    writeProc(path, text);
  } catch (cause) {
    const hint = text === "deny" ? {} : { hint: `this process has the map ${ownMap(path)}` };
    throw new TsrunError(`writing ${JSON.stringify(text.trimEnd())} to /proc/${path}`, {
      cause,
      ...(pointer === undefined ? {} : { pointer }),
      ...hint,
    });
  }
}

function ownMap(path: string): string {
  const own = readProc(`self/${path.endsWith("uid_map") ? "uid_map" : "gid_map"}`);
  return own.trim().replace(/\s+/g, " ");
}
