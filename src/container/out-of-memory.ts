import { messageOf, TsrunError } from "../base/errors.ts";
import type { CgroupManager } from "../cgroups/manager.ts";
import { managerFrom } from "../cgroups/select.ts";
import type { Config } from "../oci/types.ts";
import { local } from "../sys/local.ts";
import { awaitReadable } from "../sys/poll.ts";
import { SyscallError } from "../sys/syscall-error.ts";
import { pidfdOf } from "./pidfd.ts";
import { processInfo } from "./process-info.ts";
import type { ContainerRecord } from "./record.ts";

/** runc's words. */
const KILLED = "container init was OOM-killed (memory limit too low?)";
const REFUSED = "container init was refused memory (memory limit too low?)";
/** How long a process that the kernel kills may take to end. */
const DEATH_LIMIT_MS = 500;

/**
 * Carries out what init has its part in. A failure for want of memory is told as that, whatever call it hit; the cgroup must
 * be there still.
 */
export function inLimitedMemory<T>(manager: CgroupManager, config: Config, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (manager.oomKilled()) throw outOfMemory(KILLED, config, error);
    // Without the OOM killer (disableOOMKiller) or where the kernel can do without, the call fails.
    if (isLimited(config) && isRefusal(error, manager)) throw outOfMemory(REFUSED, config, error);
    throw error;
  }
}

/** A tmpfs says that it has no space where it gets no memory for a new inode (mm/shmem.c, shmem_mknod). */
function isRefusal(error: unknown, manager: CgroupManager): boolean {
  if (hasErrno(error, "ENOMEM")) return true;
  return hasErrno(error, "ENOSPC") && manager.stats(["memory"]).memory.usage.failures > 0n;
}

/**
 * The error of a container whose init was killed while it became the program: nothing has been reported then, and the end of
 * its descriptors looks like success.
 * @param config called where it was: a container that never got as far has none
 * @returns undefined where it lives
 */
export function deathByMemory(record: ContainerRecord, config: () => Config): TsrunError | undefined {
  if (!managerFrom(record.cgroup).oomKilled()) return undefined;
  using init = pidfdOf(record);
  const isDead = init === undefined || awaitReadable(local, init.number, DEATH_LIMIT_MS);
  return isDead ? outOfMemory(KILLED, config()) : undefined;
}

/** The same of one that has just been started: where it died as its program, it did start, and its status says the rest. */
export function deathAtStart(record: ContainerRecord, config: Config): TsrunError | undefined {
  const info = processInfo(record.pid);
  const isProgram = info?.startTime === record.startTime && info.hasExecuted;
  return isProgram ? undefined : deathByMemory(record, () => config);
}

/** What a container takes until its program runs: 220 KiB were measured on v1. */
const need =
  "a container takes up to 512 KiB until its program runs, and then what that needs: ask for 1 MiB at least";

function outOfMemory(text: string, config: Config, cause?: unknown): TsrunError {
  const [limit, pointer] = limitOf(config);
  const isOwn = limit !== undefined;
  return new TsrunError(text, {
    ...(cause === undefined ? {} : { cause: new TsrunError(textOf(cause)) }),
    ...(isOwn ? { pointer } : {}),
    hint: isOwn ? `the limit is ${limit} bytes; ${need}` : `a cgroup above has too low a limit; ${need}`,
  });
}

/** What failed without its place in config.json and its hint: they are about another reason. */
function textOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${textOf(cause)}`;
}

function isLimited(config: Config): boolean {
  return limitOf(config)[0] !== undefined;
}

/** The limit of memory and its place in config.json; `unified` is written last. */
function limitOf({ linux }: Config): [limit: string | undefined, pointer: string] {
  const { memory, unified } = linux?.resources ?? {};
  const file = unified?.["memory.max"];
  if (file !== undefined) return [file, "/linux/resources/unified/memory.max"];
  const limit = memory?.limit ?? 0;
  return [limit > 0 ? String(limit) : undefined, "/linux/resources/memory/limit"];
}

function hasErrno(error: unknown, code: string): boolean {
  if (error instanceof SyscallError) return error.code === code;
  return error instanceof Error && hasErrno(error.cause, code);
}
