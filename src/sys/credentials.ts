import type { Executor } from "./executor.ts";

/** setgroups(2): replaces the supplementary groups; queued. */
export function setgroups(k: Executor, gids: readonly number[]): void {
  const { memory } = k;
  const list = memory.alloc(gids.length * 4);
  for (const [index, gid] of gids.entries()) memory.setU32(list + index * 4, gid);
  k.queue({ name: "setgroups", args: [gids.length, list], subject: `[${gids.join(", ")}]` });
}

/** setresgid(2) of the real, effective and saved group id; queued. */
export function setGid(k: Executor, gid: number): void {
  k.queue({ name: "setresgid", args: [gid, gid, gid], subject: String(gid) });
}

/** setresuid(2) of the real, effective and saved user id; queued. */
export function setUid(k: Executor, uid: number): void {
  k.queue({ name: "setresuid", args: [uid, uid, uid], subject: String(uid) });
}

/** umask(2), queued. */
export function setUmask(k: Executor, mask: number): void {
  k.queue({ name: "umask", args: [mask], subject: `0${mask.toString(8)}` });
}
