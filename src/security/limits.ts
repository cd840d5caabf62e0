import { TsrunError } from "../base/errors.ts";
import { rlimitTypes } from "../oci/checks/process.ts";
import type { Rlimit } from "../oci/types.ts";
import { errnoName } from "../sys/errno.ts";
import type { Executor } from "../sys/executor.ts";
import { RLIM_INFINITY, setLimit } from "../sys/rlimit.ts";
import { SyscallError } from "../sys/syscall-error.ts";

/**
 * Sets the resource limits of config.json; queued. Kinds that it doesn't name keep what tsrun was started with. Comes
 * while the process still has its privileges: to raise a hard limit needs CAP_SYS_RESOURCE on the host.
 */
export function applyLimits(k: Executor, limits: readonly Rlimit[] = []): void {
  for (const [index, { type, soft, hard }] of limits.entries()) {
    const resource = { name: type, number: (rlimitTypes as readonly string[]).indexOf(type) };
    k.within(`setting the resource limit ${type}`, `/process/rlimits/${index}`, () =>
      setLimit(k, resource, { soft: toLimit(soft), hard: toLimit(hard) }),
    );
  }
}

/**
 * A limit of config.json as the kernel's 64 bits. JSON's 2^64-1 (RLIM_INFINITY) is the double 2^64, the only one of
 * that size; other values above 2^53 are as exact as a double is.
 */
export function toLimit(value: number): bigint {
  return value >= 2 ** 64 ? RLIM_INFINITY : BigInt(value);
}

/**
 * Writes the process's oom_score_adj (proc_pid_oom_score_adj(5)) where config.json has one. Comes before the user
 * namespace is entered or the user changed: to lower it needs CAP_SYS_RESOURCE on the host.
 * @param fd the file in a procfs that has been verified to be one (CVE-2019-16884, CVE-2025-52881)
 * @param lenient whether a refusal is of no consequence, as runc has it for rootless containers
 */
export function applyOomScoreAdj(k: Executor, fd: number, value: number, lenient: boolean): void {
  const text = new TextEncoder().encode(String(value));
  const subject = `oom_score_adj ${value}`;
  const result = k.attempt({ name: "write", args: [fd, k.memory.data(text), text.length], subject });
  if (result >= 0 || (lenient && ["EACCES", "EPERM"].includes(errnoName(-result)))) return;
  throw new TsrunError("setting the OOM score adjustment", {
    cause: new SyscallError("write", -result, subject),
    pointer: "/process/oomScoreAdj",
  });
}
