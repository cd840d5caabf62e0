import { TsrunError } from "../base/errors.ts";
import type { Config } from "../oci/types.ts";
import { AT_FDCWD, fileSystemType, isReadOnlyMount, O_DIRECTORY, O_PATH, openat } from "../sys/files.ts";
import { readText } from "../sys/host-files.ts";
import { local } from "../sys/local.ts";
import { SyscallError } from "../sys/syscall-error.ts";

const SELINUX_MAGIC = 0xf97cff8c;
/** What the kernel calls every process until a policy is loaded. */
const LABEL_WITHOUT_POLICY = "kernel";

/**
 * Refuses profiles and labels that no security module of this kernel would take; before anything is made.
 * @throws TsrunError with the place in config.json
 */
export function checkSecurityModules({ process, linux }: Config): void {
  const profile = process?.apparmorProfile ?? "";
  if (profile !== "" && !apparmorEnabled()) {
    throw new TsrunError(
      `AppArmor profile ${JSON.stringify(profile)}: AppArmor is not enabled in this kernel`,
      {
        pointer: "/process/apparmorProfile",
        hint: "boot with apparmor=1 security=apparmor, or run without a profile",
      },
    );
  }
  requireSelinux(process?.selinuxLabel, "/process/selinuxLabel");
  requireSelinux(linux?.mountLabel, "/linux/mountLabel");
}

function requireSelinux(label: string | undefined, pointer: string): void {
  if (label === undefined || label === "" || selinuxEnabled()) return;
  throw new TsrunError("selinux label is specified in config, but selinux is disabled or not supported", {
    pointer,
    hint: "boot with selinux=1 security=selinux and mount /sys/fs/selinux, or run without labels",
  });
}

/** Whether AppArmor was not disabled at boot (Documentation/admin-guide/LSM/apparmor.rst). */
function apparmorEnabled(): boolean {
  return readIfThere("/sys/module/apparmor/parameters/enabled").startsWith("Y");
}

/** Whether a policy is loaded and its file system is there to be used, as libselinux and runc decide it. */
function selinuxEnabled(): boolean {
  try {
    using selinuxfs = openat(local, AT_FDCWD, "/sys/fs/selinux", O_PATH | O_DIRECTORY);
    if (fileSystemType(local, selinuxfs.number) !== SELINUX_MAGIC) return false;
    if (isReadOnlyMount(local, selinuxfs.number)) return false;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
  return readIfThere("/proc/self/attr/current").replace(/\0$/, "") !== LABEL_WITHOUT_POLICY;
}

/** A file's text; "" where it cannot be read. */
function readIfThere(path: string): string {
  try {
    return readText(path);
  } catch {
    return "";
  }
}
