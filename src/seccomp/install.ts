import type { Executor } from "../sys/executor.ts";
import { seccompFilterCall } from "../sys/seccomp.ts";
import type { Filter } from "./filter.ts";

/**
 * Puts a thread under a filter for good; queued. It is meant to be the last record before execve(2), as every call that
 * follows is the filter's to refuse: then the profile need allow nothing but that. Needs no_new_privs, or CAP_SYS_ADMIN
 * in effect in the thread's user namespace (seccomp(2), EACCES).
 */
export function installSeccomp(k: Executor, { program, flags }: Filter): void {
  k.within("installing the seccomp filter", "/linux/seccomp", () => {
    k.queue(seccompFilterCall(k, program, flags));
  });
}
