import { statSync } from "node:fs";
import { effectiveUid } from "../../base/own-process.ts";
import { accountName } from "../../sys/account.ts";
import { attemptOn } from "../../sys/host-files.ts";
import { local } from "../../sys/local.ts";
import { findProgram, numberIn, textOf } from "./text.ts";

const S_ISUID = 0o4000;

/** How an ordinary user comes to more ids than one. */
export interface MapHelperFacts {
  /** Ids that the user may map by it, of /etc/subuid or /etc/subgid. */
  readonly ids: number;
  readonly path: string | undefined;
  /** Whether it can do its work: it is setuid root, or has file capabilities. */
  readonly privileged: boolean;
}

/** User namespaces, and who may make them. */
export interface UserFacts {
  readonly maxUserNamespaces: number | undefined;
  /** Debian's switch: 0 forbids them to ordinary users. */
  readonly unprivilegedClone: number | undefined;
  /** Ubuntu's: 1 leaves those of ordinary users without privileges. */
  readonly apparmorRestricts: number | undefined;
  readonly uid: MapHelperFacts;
  readonly gid: MapHelperFacts;
}

export function readUsers(): UserFacts {
  return {
    maxUserNamespaces: numberIn("/proc/sys/user/max_user_namespaces"),
    unprivilegedClone: numberIn("/proc/sys/kernel/unprivileged_userns_clone"),
    apparmorRestricts: numberIn("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
    uid: readHelper("uid"),
    gid: readHelper("gid"),
  };
}

function readHelper(kind: "uid" | "gid"): MapHelperFacts {
  const path = findProgram(`new${kind}map`);
  const uid = effectiveUid();
  const names = [String(uid), accountName(uid) ?? ""];
  return {
    ids: subordinateIds(textOf(`/etc/sub${kind}`) ?? "", names),
    path,
    privileged: path !== undefined && isPrivileged(path),
  };
}

/** Ids in the lines `NAME:FIRST:COUNT` of a user (subuid(5)), whom the file may name by number. */
export function subordinateIds(text: string, names: readonly string[]): number {
  const counts = text
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([name = ""]) => name !== "" && names.includes(name))
    .map(([, , count]) => Number(count));
  return counts.filter((count) => count > 0).reduce((sum, count) => sum + count, 0);
}

function isPrivileged(path: string): boolean {
  const { mode, uid } = statSync(path);
  if ((mode & S_ISUID) !== 0 && uid === 0) return true;
  return attemptOn(path, "getxattr", local.memory.string("security.capability"), 0, 0) > 0;
}
