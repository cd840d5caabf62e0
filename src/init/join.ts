import { TsrunError } from "../base/errors.ts";
import type { JoinedNamespace } from "../namespaces/plan.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { openHostNamespace } from "../sys/host-paths.ts";
import { local } from "../sys/local.ts";
import { cloneFlags } from "../sys/namespaces.ts";
import { setDumpable } from "../sys/process.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const EPERM = 1;

/** A namespace to join, opened by the runtime. */
export interface OpenNamespace extends JoinedNamespace {
  readonly fd: Fd;
}

/** Opens the files of namespaces to join. @throws TsrunError naming the entry */
export function openNamespaces(joined: readonly JoinedNamespace[]): OpenNamespace[] {
  return joined.map((entry) => {
    const fd = local.within(`opening ${entry.type} namespace`, entry.pointer, () =>
      openHostNamespace(local, entry.path),
    );
    return { ...entry, fd };
  });
}

/**
 * Joins namespaces: those that the caller's own privileges reach, then the user namespace, then those that only its
 * privileges reach. The mount namespace comes last: behind it paths mean other files.
 */
export function joinAll(k: Executor, namespaces: readonly OpenNamespace[]): void {
  const later = namespaces.filter(
    (entry) => entry.type !== "user" && entry.type !== "mount" && !tryJoin(k, entry),
  );
  const user = namespaces.filter((entry) => entry.type === "user");
  const mount = namespaces.filter((entry) => entry.type === "mount");
  for (const entry of [...user, ...later, ...mount]) {
    if (!tryJoin(k, entry)) throw failure(entry, EPERM);
    if (entry.type !== "user") continue;
    k.queue({ name: "setresgid", args: [0, 0, 0] });
    k.queue({ name: "setresuid", args: [0, 0, 0] });
    // Where sysctl fs.suid_dumpable=1 a change of credentials has taken it back.
    setDumpable(k, false);
    k.flush();
  }
}

/** @returns false where this process has no right to join it (yet) */
function tryJoin(k: Executor, entry: OpenNamespace): boolean {
  const result = k.attempt({ name: "setns", args: [entry.fd.number, cloneFlags[entry.type]] });
  if (result === -EPERM) return false;
  if (result < 0) throw failure(entry, -result);
  return true;
}

function failure(entry: OpenNamespace, errno: number): TsrunError {
  return new TsrunError(`joining ${entry.type} namespace`, {
    cause: new SyscallError("setns", errno, JSON.stringify(entry.path)),
    pointer: entry.pointer,
  });
}
