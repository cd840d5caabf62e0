import { apparmorEnabled, selinuxEnabled } from "../../security/modules.ts";
import { textOf } from "./text.ts";

/** Linux security modules. */
export interface ModuleFacts {
  /** In the order in which the kernel asks them; undefined where securityfs is not in sight. */
  readonly active: readonly string[] | undefined;
  readonly apparmor: boolean;
  readonly selinux: "enforcing" | "permissive" | "off";
}

export function readModules(): ModuleFacts {
  const enforcing = textOf("/sys/fs/selinux/enforce") === "1" ? "enforcing" : "permissive";
  return {
    active: textOf("/sys/kernel/security/lsm")?.split(",").filter(Boolean),
    apparmor: apparmorEnabled(),
    selinux: selinuxEnabled() ? enforcing : "off",
  };
}
