import { spawnSync } from "node:child_process";
import { TsrunError } from "../base/errors.ts";
import { effectiveGid, effectiveUid } from "../base/own-process.ts";
import type { IdMapping } from "../oci/types.ts";
import { accountName } from "../sys/account.ts";

/**
 * Writes an id map by newuidmap(1) or newgidmap(1), which may map what /etc/subuid or /etc/subgid gives this user.
 * @throws TsrunError with what the helper said, and what it lacks
 */
export function writeWithHelper(pid: number, kind: "uid" | "gid", mappings: readonly IdMapping[]): void {
  const helper = `new${kind}map`;
  const numbers = mappings.flatMap(({ containerID, hostID, size }) => [containerID, hostID, size]);
  const { error, status, stderr } = spawnSync(helper, [pid, ...numbers].map(String), {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
  });
  if (status === 0) return;
  const said = stderr?.trim() || `exit status ${status}`;
  throw new TsrunError(`writing the ${kind} map of process ${pid} with ${helper}`, {
    cause: error ?? new TsrunError(said),
    pointer: `/linux/${kind}Mappings`,
    hint: error === undefined ? refusalHint(kind, said, mappings) : missingHint(helper),
  });
}

function missingHint(helper: string): string {
  return `install ${helper} (package uidmap, elsewhere shadow-utils), or map your own id alone`;
}

/** By shadow's words: the range is not the user's, the user has no account, or the helper lacks its privilege. */
function refusalHint(kind: "uid" | "gid", said: string, mappings: readonly IdMapping[]): string {
  const file = `/etc/sub${kind}`;
  if (/cannot determine your user name/i.test(said)) {
    return `this user needs an account (/etc/passwd): ${file} gives ranges to accounts`;
  }
  if (/not allowed/i.test(said)) {
    const user = accountName(effectiveUid()) ?? effectiveUid();
    const lines = foreignRanges(kind, mappings).map(({ hostID, size }) => `${user}:${hostID}:${size}`);
    return `add to ${file}: ${lines.join(" and ")}`;
  }
  return `new${kind}map must be setuid root, on a file system without nosuid`;
}

/** The ranges that are not the user itself, whom the helpers map unasked. */
function foreignRanges(kind: "uid" | "gid", mappings: readonly IdMapping[]): IdMapping[] {
  const own = kind === "uid" ? effectiveUid() : effectiveGid();
  return mappings.filter(({ hostID, size }) => hostID !== own || size !== 1);
}
