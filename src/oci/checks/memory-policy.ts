import { LAST_NODE, parseCpuList } from "../cpu-list.ts";
import { describeValue } from "../schema-faults.ts";
import type { MemoryPolicy, MemoryPolicyMode } from "../types.ts";
import type { Report } from "./report.ts";

const POINTER = "/linux/memoryPolicy";
const withoutNodes: readonly MemoryPolicyMode[] = ["MPOL_DEFAULT", "MPOL_LOCAL"];
/** An empty list makes it MPOL_LOCAL (set_mempolicy(2)). */
const nodesOptional: readonly MemoryPolicyMode[] = [...withoutNodes, "MPOL_PREFERRED"];
/** Modes that the kernel balances (MPOL_F_NUMA_BALANCING): the second one since Linux 6.10. */
const balanced: readonly MemoryPolicyMode[] = ["MPOL_BIND", "MPOL_PREFERRED_MANY"];

/** The combinations that set_mempolicy(2) takes whatever the machine (sanitize_mpol_flags and mpol_new, mm/mempolicy.c). */
export function checkMemoryPolicy({ mode, nodes = "", flags = [] }: MemoryPolicy, report: Report): void {
  const ranges = parseCpuList(nodes, LAST_NODE);
  if (typeof ranges === "string") report.fault(`${POINTER}/nodes`, ranges);
  else if (ranges.length > 0 && withoutNodes.includes(mode)) {
    report.fault(`${POINTER}/nodes`, `must be empty with ${mode}, found ${describeValue(nodes)}`);
  } else if (ranges.length === 0 && !nodesOptional.includes(mode)) {
    report.fault(`${POINTER}/nodes`, `must name a node with ${mode}`);
  }
  if (flags.includes("MPOL_F_STATIC_NODES") && flags.includes("MPOL_F_RELATIVE_NODES")) {
    report.fault(`${POINTER}/flags`, "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other");
  }
  for (const [index, flag] of flags.entries()) {
    if (flag === "MPOL_F_NUMA_BALANCING") {
      if (!balanced.includes(mode))
        report.fault(
          `${POINTER}/flags/${index}`,
          `${flag} is for ${balanced.join(" and ")}, not for ${mode}`,
        );
    } else if (mode !== "MPOL_DEFAULT" && typeof ranges !== "string" && ranges.length === 0) {
      report.fault(`${POINTER}/flags/${index}`, `${flag} is of no use without nodes`);
    }
  }
}
