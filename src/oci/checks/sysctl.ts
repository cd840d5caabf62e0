import { pointerToken } from "../fault.ts";
import { sysctlParts } from "../sysctl-name.ts";
import type { Config, NamespaceType } from "../types.ts";
import { hasNamespace } from "./namespaces.ts";
import type { Report } from "./report.ts";

/** Parameters of the ipc namespace below kernel/ (ipc_namespaces(7)). */
const ipcParameters = new Set([
  "kernel.msgmax",
  "kernel.msgmnb",
  "kernel.msgmni",
  "kernel.sem",
  "kernel.shmall",
  "kernel.shmmax",
  "kernel.shmmni",
  "kernel.shm_rmid_forced",
]);

/** The namespace that a parameter belongs to, or undefined where it is the whole machine's. */
function namespaceOf(parts: readonly string[]): NamespaceType | undefined {
  const name = parts.join(".");
  if (ipcParameters.has(name) || name.startsWith("fs.mqueue.")) {
    return "ipc";
  }
  if (parts[0] === "net" && parts.length > 1) {
    return "network";
  }
  if (parts[0] === "user" && parts.length > 1) {
    return "user";
  }
  return name === "kernel.domainname" || name === "kernel.hostname" ? "uts" : undefined;
}

function faultOf(config: Config, name: string): string | undefined {
  const parts = sysctlParts(name);
  // Whoever may choose a name must not choose a path: "net/../kernel/core_pattern" is the host's.
  if (parts.some((part) => part === "" || part === "." || part === ".." || part.includes("/"))) {
    return "not a name of a kernel parameter";
  }
  if (parts.join(".") === "kernel.hostname") {
    return "use /hostname instead";
  }
  const type = namespaceOf(parts);
  if (type === undefined) {
    return "belongs to no namespace: setting it would change the host";
  }
  return hasNamespace(config, type) ? undefined : `needs a ${type} namespace in /linux/namespaces`;
}

/** Only what a namespace of the container's own holds may be set (runc's validator has the same list). */
export function checkSysctl(config: Config, report: Report): void {
  for (const name of Object.keys(config.linux?.sysctl ?? {})) {
    const fault = faultOf(config, name);
    if (fault !== undefined) {
      report.fault(`/linux/sysctl/${pointerToken(name)}`, fault);
    }
  }
}
