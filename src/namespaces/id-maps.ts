import { readFileSync, writeFileSync } from "node:fs";
import { geteuid } from "node:process";
import { TsrunError } from "../base/errors.ts";
import { lazy } from "../base/lazy.ts";
import type { IdMapping } from "../oci/types.ts";

/** Heavy, and needed without root only. */
const childProcess = lazy(() => require("node:child_process") as typeof import("node:child_process"));

/** The text of /proc/PID/uid_map for mappings (user_namespaces(7)). */
export function mapText(mappings: readonly IdMapping[]): string {
  return mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join("");
}

/**
 * Writes the id maps of a process in a new user namespace. Root writes them itself; everyone else is helped by
 * newuidmap and newgidmap (shadow's setuid helpers, which check /etc/subuid), unless they map only themselves.
 * setgroups(2) is denied first where the writer has no CAP_SETGID (CVE-2014-8989).
 */
export function writeIdMaps(pid: number, uids: readonly IdMapping[], gids: readonly IdMapping[]): void {
  writeMap(pid, "uid", uids);
  if (geteuid?.() !== 0 && mapsOneself(gids)) writeProc(`/proc/${pid}/setgroups`, "deny");
  writeMap(pid, "gid", gids);
}

function mapsOneself(mappings: readonly IdMapping[]): boolean {
  return mappings.length === 1 && mappings[0]?.size === 1;
}

function writeMap(pid: number, kind: "uid" | "gid", mappings: readonly IdMapping[]): void {
  const path = `/proc/${pid}/${kind}_map`;
  if (geteuid?.() === 0 || mapsOneself(mappings))
    writeProc(path, mapText(mappings), `/linux/${kind}Mappings`);
  else writeWithHelper(pid, kind, mappings);
}

function writeWithHelper(pid: number, kind: "uid" | "gid", mappings: readonly IdMapping[]): void {
  const helper = `new${kind}map`;
  const numbers = mappings.flatMap(({ containerID, hostID, size }) =>
    [containerID, hostID, size].map(String),
  );
  try {
    childProcess().execFileSync(helper, [String(pid), ...numbers], { stdio: ["ignore", "ignore", "pipe"] });
  } catch (cause) {
    throw new TsrunError(`writing the ${kind} map of process ${pid} with ${helper}`, {
      cause,
      pointer: `/linux/${kind}Mappings`,
      hint: `install ${helper} (package uidmap) and give this user a range in /etc/sub${kind}`,
    });
  }
}

function writeProc(path: string, text: string, pointer?: string): void {
  try {
    writeFileSync(path, text);
  } catch (cause) {
    const hint = text === "deny" ? {} : { hint: `this process has the map ${ownMap(path)}` };
    throw new TsrunError(`writing ${JSON.stringify(text.trimEnd())} to ${path}`, {
      cause,
      ...(pointer === undefined ? {} : { pointer }),
      ...hint,
    });
  }
}

function ownMap(path: string): string {
  const own = readFileSync(`/proc/self/${path.endsWith("uid_map") ? "uid_map" : "gid_map"}`, "utf8");
  return own.trim().replace(/\s+/g, " ");
}
