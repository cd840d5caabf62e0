import { type Finding, missing, ok } from "../finding.ts";
import type { ModuleFacts } from "../read/modules.ts";

export function judgeModules({ active, apparmor, selinux }: ModuleFacts): Finding[] {
  return [
    ok("active", active?.join(" ") ?? "unknown: securityfs is not in sight"),
    apparmor
      ? ok("AppArmor", "enabled")
      : missing("AppArmor", "not enabled", {
          consequence: "containers with an apparmorProfile are refused",
          remedy: "boot with apparmor=1 security=apparmor, where the kernel has it",
        }),
    selinux === "off"
      ? missing("SELinux", "not enabled", {
          consequence: "containers with a selinuxLabel or mountLabel are refused",
          remedy: "boot with selinux=1 security=selinux, where the kernel has it and a policy is there",
        })
      : ok("SELinux", selinux),
  ];
}
