import { readFileSync } from "node:fs";
import { ownEnvironment } from "../base/environment.ts";
import { AT_EMPTY_PATH, AT_FDCWD, O_PATH, openat } from "./files.ts";
import { local } from "./local.ts";
import { Memory } from "./memory.ts";
import { MOUNT_ATTR_RDONLY } from "./mount.ts";
import { newMounts } from "./new-mounts.ts";

const F_SETFD = 2;
/** More than execve(2) takes of arguments and environment: 6 MB (linux/exec, bprm_stack_limits) and their pointers. */
const ARGUMENTS_MAX = 16 << 20;

/**
 * Executes this program anew, with the same arguments and environment, from a detached read-only mount of its file
 * (open_tree(2), mount_setattr(2), execveat(2)). Does not return. @throws SyscallError where that is refused, too
 * @param descriptors how many of the first descriptors are handed on: engines mark what they inherit close-on-exec
 */
export function executeReadOnly(descriptors: number): never {
  local.within("executing tsrun from a read-only mount", undefined, () => {
    using file = openat(local, AT_FDCWD, "/proc/self/exe", O_PATH);
    using tree = newMounts.cloneTree(local, file.number, "", false);
    newMounts.mountSetattr(local, tree.number, { set: MOUNT_ATTR_RDONLY, clear: 0 }, false);
    const memory = new Memory(ARGUMENTS_MAX);
    const argv = memory.strings(readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(0, -1));
    const environment = memory.strings(ownEnvironment());
    const args = [tree.number, memory.string(""), argv, environment, AT_EMPTY_PATH];
    for (let fd = 0; fd < descriptors; fd++) local.attempt({ name: "fcntl", args: [fd, F_SETFD, 0] });
    local.call({ name: "execveat", args, subject: "/proc/self/exe" });
  });
  throw new Error("unreachable: execveat does not return");
}
