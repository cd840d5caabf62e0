import type { Executor } from "../sys/executor.ts";
import { setSeccompFilter } from "../sys/seccomp.ts";
import type { CompiledFilter } from "./filter.ts";

/**
 * Puts a thread under a filter for good; queued. It is meant to be the last record before execve(2), as every call that
 * follows is the filter's to refuse: then the profile need allow nothing but that. Needs no_new_privs, or CAP_SYS_ADMIN
 * in effect in the thread's user namespace (seccomp(2), EACCES).
 */
export function installSeccomp(k: Executor, { program, flags }: CompiledFilter): void {
  k.within("installing the seccomp filter", "/linux/seccomp", () => setSeccompFilter(k, program, flags));
}
