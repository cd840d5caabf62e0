import type { Executor } from "./executor.ts";
import { AT_FDCWD } from "./files.ts";

const X_OK = 1;
const AT_EACCESS = 0x200;
const EPERM = 1;
const ENOSYS = 38;

/**
 * Whether the executor's process may execute each of the files: 0 or the negated errno (faccessat2(2), Linux 5.8).
 * Before it the real user is asked about, without capabilities unless that is root: the same for whoever has set all
 * of his ids.
 */
export function mayExecute(k: Executor, paths: readonly string[]): number[] {
  const results = k.attemptAll(
    paths.map((path) => ({ name: "faccessat2", args: [AT_FDCWD, k.memory.string(path), X_OK, AT_EACCESS] })),
  );
  // EPERM is a seccomp filter's answer, never the kernel's.
  if (!results.some((result) => result === -ENOSYS || result === -EPERM)) return results;
  return k.attemptAll(
    paths.map((path) => ({ name: "faccessat", args: [AT_FDCWD, k.memory.string(path), X_OK] })),
  );
}
