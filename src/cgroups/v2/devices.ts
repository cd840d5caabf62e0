import { TsrunError } from "../../base/errors.ts";
import { encode } from "../../bpf/extended.ts";
import type { Resources } from "../../oci/types.ts";
import {
  attachDeviceProgram,
  attachedDevicePrograms,
  detachDeviceProgram,
  loadDeviceProgram,
} from "../../sys/bpf.ts";
import type { Fd } from "../../sys/fd.ts";
import { AT_FDCWD, O_DIRECTORY, O_RDONLY, openat } from "../../sys/files.ts";
import { local } from "../../sys/local.ts";
import { isErrno } from "../../sys/syscall-error.ts";
import { effectiveRules } from "../device-rules.ts";
import { deviceProgram } from "./device-program.ts";

const bpfHint =
  "cgroup v2 limits devices by a program: the kernel needs CONFIG_CGROUP_BPF, and the runtime CAP_BPF or CAP_SYS_ADMIN and " +
  "bpf(2), which a seccomp profile or security module around it may forbid";

/**
 * Gives a cgroup the container's device rules; on v2 these are a program. It goes when the cgroup is removed.
 * @param rootless whether a kernel that lets nobody but root load programs is no failure: without root no device can be made
 */
export function attachRules(directory: string, resources: Resources, rootless: boolean): void {
  const program = encode(deviceProgram(effectiveRules(resources)));
  try {
    using cgroup = openat(local, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
    using loaded = loadDeviceProgram(local, program);
    attachAlone(cgroup.number, loaded.number);
  } catch (cause) {
    if (rootless && isErrno(cause, "EPERM", "EACCES")) return;
    throw new TsrunError(`limiting the devices of cgroup ${directory}`, {
      cause,
      pointer: "/linux/resources/devices",
      ...(isErrno(cause, "EPERM", "EINVAL", "ENOSYS") ? { hint: bpfHint } : {}),
    });
  }
}

/**
 * Makes `program` the only one that the cgroup has, whatever was attached before: by an earlier update (runc added one
 * each time, until the kernel took no more), or by systemd for the unit. All that are attached must agree to an access, so
 * that there is never a moment with less than the old rules or the new.
 */
function attachAlone(cgroup: number, program: number): void {
  const before = attachedBefore(cgroup);
  try {
    const [first, ...others] = before;
    const isReplaced = first !== undefined && tryReplace(cgroup, program, first.number);
    if (!isReplaced) attachDeviceProgram(local, cgroup, program);
    for (const { number } of isReplaced ? others : before) detachDeviceProgram(local, cgroup, number);
  } finally {
    for (const fd of before) fd[Symbol.dispose]();
  }
}

/** A user namespace's root may ask for nothing here, and need not: nobody can have attached anything for it. */
function attachedBefore(cgroup: number): Fd[] {
  try {
    return attachedDevicePrograms(local, cgroup);
  } catch (error) {
    if (isErrno(error, "EPERM", "EACCES")) return [];
    throw error;
  }
}

/** @returns false where the kernel can't: it replaces nothing (EINVAL, before Linux 5.6), or that program has gone (ENOENT) */
function tryReplace(cgroup: number, program: number, old: number): boolean {
  try {
    attachDeviceProgram(local, cgroup, program, old);
    return true;
  } catch (error) {
    if (isErrno(error, "EINVAL", "ENOENT")) return false;
    throw error;
  }
}
