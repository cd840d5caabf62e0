import { effectiveUid } from "../../base/own-process.ts";
import { numberIn, textOf } from "./text.ts";

/** Limits of the kernel and of this process that containers run into; undefined where the kernel does not say. */
export interface LimitFacts {
  readonly pidMax: number | undefined;
  readonly threadsMax: number | undefined;
  /** Hard limit of descriptors; Infinity for none. */
  readonly descriptors: number | undefined;
  /** Keys of this user's: how many there may be and are. Each container's session keyring is one. */
  readonly maxKeys: number | undefined;
  readonly keys: number | undefined;
  readonly inotifyInstances: number | undefined;
  readonly inotifyWatches: number | undefined;
  readonly mounts: number | undefined;
}

export function readLimits(): LimitFacts {
  const uid = effectiveUid();
  return {
    pidMax: numberIn("/proc/sys/kernel/pid_max"),
    threadsMax: numberIn("/proc/sys/kernel/threads-max"),
    descriptors: hardLimit(textOf("/proc/self/limits") ?? "", "Max open files"),
    maxKeys: numberIn(`/proc/sys/kernel/keys/${uid === 0 ? "root_maxkeys" : "maxkeys"}`),
    keys: keysOf(textOf("/proc/key-users") ?? "", uid),
    inotifyInstances: numberIn("/proc/sys/fs/inotify/max_user_instances"),
    inotifyWatches: numberIn("/proc/sys/fs/inotify/max_user_watches"),
    mounts: numberIn("/proc/sys/fs/mount-max"),
  };
}

/** The third column of /proc/PID/limits (proc_pid_limits(5)). */
export function hardLimit(text: string, name: string): number | undefined {
  const line = text.split("\n").find((each) => each.startsWith(name));
  const hard = line?.slice(name.length).trim().split(/\s+/)[1];
  if (hard === undefined) return undefined;
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

/** Keys of a user in the lines `UID: usage nkeys/nikeys qnkeys/maxkeys qnbytes/maxbytes` of /proc/key-users. */
export function keysOf(text: string, uid: number): number | undefined {
  const found = new RegExp(`^\\s*${uid}:\\s+\\d+ \\d+/\\d+ (\\d+)/`, "m").exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
