import { effectiveUid } from "../../base/own-process.ts";
import { inUserNamespace } from "../../namespaces/user-namespace.ts";
import { capabilityNames } from "../../oci/capabilities.ts";
import { textOf } from "./text.ts";

/** What this process may do. */
export interface RightFacts {
  readonly uid: number;
  readonly inUserNamespace: boolean;
  /** Names of its effective capabilities. */
  readonly capabilities: readonly string[];
  /** Whether execve(2) gives no privileges, so that setuid programs are of no help. */
  readonly noNewPrivileges: boolean;
  /** Whether a seccomp filter is around it. */
  readonly filtered: boolean;
}

export function readRights(): RightFacts {
  const status = textOf("/proc/self/status") ?? "";
  return { uid: effectiveUid(), inUserNamespace: inUserNamespace(), ...parseStatus(status) };
}

/** The fields of /proc/PID/status (proc_pid_status(5)) that tell of rights. */
export function parseStatus(text: string): Pick<RightFacts, "capabilities" | "noNewPrivileges" | "filtered"> {
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)$`, "m").exec(text)?.[1] ?? "0";
  const effective = BigInt(`0x${field("CapEff")}`);
  return {
    capabilities: capabilityNames.filter((_, number) => ((effective >> BigInt(number)) & 1n) === 1n),
    noNewPrivileges: field("NoNewPrivs") === "1",
    filtered: field("Seccomp") !== "0",
  };
}
