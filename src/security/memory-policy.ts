import { bitMask, LAST_NODE, parseCpuList } from "../oci/cpu-list.ts";
import { memoryPolicyFlags, memoryPolicyModes } from "../oci/memory-policy.ts";
import type { MemoryPolicy } from "../oci/types.ts";
import type { Executor } from "../sys/executor.ts";
import { setMemoryPolicy } from "../sys/memory-policy.ts";

/** Mode and flags in one number, as set_mempolicy(2) takes them. */
export function memoryPolicyMode({ mode, flags = [] }: MemoryPolicy): number {
  return flags.reduce((bits, flag) => bits | memoryPolicyFlags[flag], memoryPolicyModes[mode]);
}

/**
 * Sets the NUMA memory policy, which execve(2) and fork(2) hand on. Comes when the process is in its cgroup, whose nodes
 * bound it. @throws SyscallError
 */
export function applyMemoryPolicy(k: Executor, policy: MemoryPolicy): void {
  const { mode, nodes = "", flags = [] } = policy;
  const ranges = parseCpuList(nodes, LAST_NODE);
  const mask = bitMask(typeof ranges === "string" ? [] : ranges);
  setMemoryPolicy(k, memoryPolicyMode(policy), mask, [[mode, ...flags].join("|"), nodes].join(" ").trim());
}

/** What to do about a refusal of the kernel's. */
export function memoryPolicyHint(code: string, { mode, flags = [] }: MemoryPolicy): string | undefined {
  if (code !== "EINVAL") return undefined;
  const since = [...(flags.includes("MPOL_F_NUMA_BALANCING") ? ["MPOL_F_NUMA_BALANCING 5.12"] : [])];
  if (mode === "MPOL_PREFERRED_MANY") since.push(`${mode} 5.15`);
  if (mode === "MPOL_WEIGHTED_INTERLEAVE") since.push(`${mode} 6.9`);
  const kernel = since.length === 0 ? "" : `; it needs Linux: ${since.join(", ")}`;
  return `the nodes must be online, with memory, and allowed by the cgroup${kernel}`;
}
