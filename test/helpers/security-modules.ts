import { readFileSync } from "node:fs";

/** Whether a security module is active: /proc/self/attr/current says what it calls a process, else EINVAL. */
export function machineHas(module: "appArmor" | "selinux"): boolean {
  return module === "appArmor" ? reads("/proc/self/attr/apparmor/current") : reads("/sys/fs/selinux/enforce");
}

function reads(path: string): boolean {
  try {
    return readFileSync(path, "latin1") !== "";
  } catch {
    return false;
  }
}
