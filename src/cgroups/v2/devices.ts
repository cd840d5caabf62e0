import { TsrunError } from "../../base/errors.ts";
import { encode } from "../../bpf/extended.ts";
import type { Resources } from "../../oci/types.ts";
import { attachDeviceProgram, loadDeviceProgram } from "../../sys/bpf.ts";
import { AT_FDCWD, O_DIRECTORY, O_RDONLY, openat } from "../../sys/files.ts";
import { local } from "../../sys/local.ts";
import { isErrno } from "../../sys/syscall-error.ts";
import { effectiveRules } from "../device-rules.ts";
import { deviceProgram } from "./device-program.ts";

/**
 * Gives a cgroup the container's device rules; on v2 these are a program. It goes when the cgroup is removed.
 * @param rootless whether a kernel that lets nobody but root load programs is no failure: without root no device can be made
 */
export function attachRules(directory: string, resources: Resources, rootless: boolean): void {
  const program = encode(deviceProgram(effectiveRules(resources)));
  try {
    using cgroup = openat(local, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
    using loaded = loadDeviceProgram(local, program);
    attachDeviceProgram(local, cgroup.number, loaded.number);
  } catch (cause) {
    if (rootless && isErrno(cause, "EPERM", "EACCES")) return;
    throw new TsrunError(`limiting the devices of cgroup ${directory}`, {
      cause,
      pointer: "/linux/resources/devices",
    });
  }
}
