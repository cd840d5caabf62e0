import { ownEnvironment } from "../base/environment.ts";
import type { Fd } from "./fd.ts";
import { AT_EMPTY_PATH, AT_FDCWD, isReadOnlyMount, O_RDONLY, openat } from "./files.ts";
import { readText } from "./host-files.ts";
import { local } from "./local.ts";
import { executableMemfd, MFD_ALLOW_SEALING, MFD_CLOEXEC } from "./memfd.ts";
import { Memory } from "./memory.ts";
import { MOUNT_ATTR_RDONLY } from "./mount.ts";
import { newMounts } from "./new-mounts.ts";
import { SyscallError } from "./syscall-error.ts";

const F_SETFD = 2;
const F_ADD_SEALS = 1033;
const F_GET_SEALS = 1034;
/** F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE. */
const ALL_SEALS = 0xf;
const F_SEAL_WRITE = 0x8;
const COPY_CHUNK = 0x7ffff000;
const EPERM = 1;
const EINVAL = 22;
/** No more mount namespaces are allowed (user.max_mnt_namespaces), and a detached mount is one. */
const ENOSPC = 28;
const ENOSYS = 38;
/** More than execve(2) takes of arguments and environment: 6 MB (linux/exec, bprm_stack_limits) and their pointers. */
const ARGUMENTS_MAX = 16 << 20;

/**
 * Executes this program anew, with the same arguments and environment, from where nobody can write it: a detached
 * read-only mount of its file (open_tree(2), mount_setattr(2), execveat(2)), or a sealed copy in memory (memfd_create(2))
 * where the kernel has or allows no such mount, or nothing may be executed from it any more. Does not return. @throws SyscallError where that is refused, too
 * @param descriptors how many of the first descriptors are handed on: engines mark what they inherit close-on-exec
 */
export function executeReadOnly(descriptors: number): never {
  local.within("executing tsrun from where it is read-only", undefined, () => {
    using file = openat(local, AT_FDCWD, "/proc/self/exe", O_RDONLY);
    const memory = new Memory(ARGUMENTS_MAX);
    const argv = memory.strings(readText("/proc/self/cmdline").split("\0").slice(0, -1));
    const rest = [memory.string(""), argv, memory.strings(ownEnvironment()), AT_EMPTY_PATH];
    for (let fd = 0; fd < descriptors; fd++) local.attempt({ name: "fcntl", args: [fd, F_SETFD, 0] });
    using mounted = readOnlyMount(file);
    // EACCES: the mount has been made noexec since this process was executed.
    if (mounted !== undefined) local.attempt({ name: "execveat", args: [mounted.number, ...rest] });
    using copy = sealedCopy(file);
    local.call({ name: "execveat", args: [copy.number, ...rest], subject: "/proc/self/exe" });
  });
  throw new Error("unreachable: execveat does not return");
}

/** Whether nobody can write this program's file through /proc/PID/exe (statfs(2) ST_RDONLY, fcntl(2) F_GET_SEALS). */
export function isExecutedReadOnly(): boolean {
  using file = openat(local, AT_FDCWD, "/proc/self/exe", O_RDONLY);
  if (isReadOnlyMount(local, file.number)) return true;
  const seals = local.attempt({ name: "fcntl", args: [file.number, F_GET_SEALS] });
  return seals > 0 && (seals & F_SEAL_WRITE) !== 0;
}

/**
 * @returns undefined where open_tree(2) or mount_setattr(2) is missing or not permitted, or the file is in no mount of this
 * process's mount namespace (EINVAL: a memfd, another namespace's)
 */
function readOnlyMount(file: Fd): Fd | undefined {
  try {
    const tree = newMounts.cloneTree(local, file.number, "", false);
    newMounts.mountSetattr(local, tree.number, { set: MOUNT_ATTR_RDONLY, clear: 0 }, false);
    return tree;
  } catch (error) {
    if (error instanceof SyscallError && [EPERM, EINVAL, ENOSPC, ENOSYS].includes(error.errno))
      return undefined;
    throw error;
  }
}

function sealedCopy(file: Fd): Fd {
  const copy = executableMemfd(local, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  const args = [copy.number, file.number, 0, COPY_CHUNK];
  while (local.call({ name: "sendfile", args, subject: "/proc/self/exe" }) > 0);
  local.call({ name: "fcntl", args: [copy.number, F_ADD_SEALS, ALL_SEALS], subject: "F_ADD_SEALS" });
  return copy;
}
