import { TsrunError } from "../base/errors.ts";
import type { Config } from "../oci/types.ts";
import { fileSystemType, isReadOnlyMount } from "../sys/files.ts";
import { readProc } from "../sys/host-proc.ts";
import { openMountInSys, readSys } from "../sys/host-sys.ts";
import { local } from "../sys/local.ts";

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
export function apparmorEnabled(): boolean {
  return readSys("module/apparmor/parameters/enabled")?.startsWith("Y") === true;
}

/** Whether a policy is loaded and its file system is there to be used, as libselinux and runc decide it. */
export function selinuxEnabled(): boolean {
  using selinuxfs = openMountInSys("fs/selinux");
  if (selinuxfs === undefined || fileSystemType(local, selinuxfs.number) !== SELINUX_MAGIC) return false;
  if (isReadOnlyMount(local, selinuxfs.number)) return false;
  return ownLabel().replace(/\0$/, "") !== LABEL_WITHOUT_POLICY;
}

/** The label of this process; "" where it cannot be read. */
function ownLabel(): string {
  try {
    return readProc("self/attr/current");
  } catch {
    return "";
  }
}
