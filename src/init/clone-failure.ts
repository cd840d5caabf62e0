import { TsrunError } from "../base/errors.ts";
import { isRoot } from "../base/own-process.ts";
import { readParameter } from "../sys/host-proc.ts";
import type { NamespaceType } from "../sys/namespaces.ts";
import type { SyscallError } from "../sys/syscall-error.ts";

/** Where the kernel counts each kind of namespace: user.max_NAME_namespaces (namespaces(7)). */
const counted: Readonly<Record<NamespaceType, string>> = {
  cgroup: "cgroup",
  ipc: "ipc",
  mount: "mnt",
  network: "net",
  pid: "pid",
  time: "time",
  user: "user",
  uts: "uts",
};

/** clone3(2) with CLONE_INTO_CGROUP; cgroups(7), "Cgroups delegation containment". */
export const cgroupHint =
  "a user can put processes into a delegated cgroup only from below it, as by systemd-run --user --scope: " +
  "the cgroup above both must be the user's";

/** Why a cgroup takes no process, by errno (clone(2), Errors). */
const cgroupHints: Readonly<Record<string, string>> = {
  EACCES: cgroupHint,
  EBUSY:
    "the container's cgroup hands controllers down to cgroups below it (cgroup.subtree_control), and so can have no " +
    'processes of its own ("no internal processes", cgroups(7)): choose another cgroupsPath',
  ENOTSUP:
    "the container's cgroup is in a threaded domain (cgroup.type: domain invalid): choose a cgroupsPath elsewhere, not " +
    "below a cgroup that has processes of its own",
};

/** Reads a kernel parameter by its name with slashes; undefined where the kernel has none of this name. */
export type ReadSysctl = (name: string) => string | undefined;

/** The error of a clone(2) that was to make these namespaces, with what forbids them and how to allow it. */
export function cloneFailure(
  cause: SyscallError,
  types: readonly NamespaceType[],
  read: ReadSysctl = readParameter,
): TsrunError {
  const hint = hintFor(cause.code, types, read);
  return new TsrunError("cloning container init", {
    cause,
    pointer: cause.code in cgroupHints ? "/linux/cgroupsPath" : "/linux/namespaces",
    ...(hint === undefined ? {} : { hint }),
  });
}

function hintFor(code: string, types: readonly NamespaceType[], read: ReadSysctl): string | undefined {
  // EUSERS until Linux 4.9.
  if (code === "ENOSPC" || code === "EUSERS") return limitHint(types, read);
  if (code in cgroupHints) return cgroupHints[code];
  if (code !== "EPERM") return undefined;
  if (types.includes("user")) return forbiddenHint(read);
  return isRoot() ? "this root has no CAP_SYS_ADMIN" : "run as root, or with a user namespace";
}

function limitHint(types: readonly NamespaceType[], read: ReadSysctl): string {
  const names = types.map((type) => `user.max_${counted[type]}_namespaces`);
  const closed = names.filter((name) => read(name.replace(".", "/")) === "0");
  if (closed.length > 0) return `${closed.join(" and ")} is 0 (sysctl): it must allow more`;
  return `a limit is reached: see ${names.join(", ")} (sysctl), or more than 32 user or pid namespaces are nested`;
}

/** Distributions have switches of their own: Debian's, which defaults to 1 since Debian 11, and Ubuntu's. */
function forbiddenHint(read: ReadSysctl): string {
  if (read("kernel/unprivileged_userns_clone") === "0") {
    return "ordinary users may not make user namespaces here: sysctl kernel.unprivileged_userns_clone=1 lets them";
  }
  return (
    apparmorHint(read) ??
    "something forbids user namespaces: a seccomp profile or security module around the runtime, or chroot(2)"
  );
}

/** What to do where AppArmor leaves a user namespace of an ordinary user without privileges (Ubuntu since 23.10). */
export function apparmorHint(read: ReadSysctl = readParameter): string | undefined {
  if (isRoot() || read("kernel/apparmor_restrict_unprivileged_userns") !== "1") return undefined;
  return (
    "AppArmor restricts user namespaces of ordinary users: give the executable a profile that allows userns, " +
    "or set sysctl kernel.apparmor_restrict_unprivileged_userns=0"
  );
}
