import assert from "node:assert/strict";
import { test } from "node:test";
import { checkMemoryPolicy } from "../../../../src/oci/checks/memory-policy.ts";
import { Report } from "../../../../src/oci/checks/report.ts";
import { memoryPolicyFlags, memoryPolicyModes } from "../../../../src/oci/memory-policy.ts";
import type { MemoryPolicy, MemoryPolicyFlag, MemoryPolicyMode } from "../../../../src/oci/types.ts";
import { applyMemoryPolicy } from "../../../../src/security/memory-policy.ts";
import type { Executor } from "../../../../src/sys/executor.ts";
import { local } from "../../../../src/sys/local.ts";
import { knowsMemoryNodes } from "../../../../src/sys/memory-policy.ts";
import { isErrno } from "../../../../src/sys/syscall-error.ts";
import { faults } from "../../../helpers/documents.ts";
import { inHand } from "../../../helpers/in-hand.ts";
import { skipUnless } from "../../../helpers/skip.ts";

const flagNames = Object.keys(memoryPolicyFlags) as MemoryPolicyFlag[];
/** Every set of flags. */
const flagSets = Array.from({ length: 2 ** flagNames.length }, (_, bits) =>
  flagNames.filter((_name, index) => (bits >> index) % 2 === 1),
);

function isTaken(policy: MemoryPolicy): boolean {
  const report = new Report();
  checkMemoryPolicy(policy, report);
  return report.faults.length === 0;
}

function kernelTakes(k: Executor, policy: MemoryPolicy): boolean {
  try {
    applyMemoryPolicy(k, policy);
    return true;
  } catch (error) {
    if (isErrno(error, "EINVAL")) return false;
    throw error;
  }
}

/** Since Linux 5.12, 5.15 and 6.9; an older kernel refuses what the checks take. */
const isNewer = ({ mode, flags = [] }: MemoryPolicy): boolean =>
  mode === "MPOL_PREFERRED_MANY" ||
  mode === "MPOL_WEIGHTED_INTERLEAVE" ||
  flags.includes("MPOL_F_NUMA_BALANCING");

for (const mode of Object.keys(memoryPolicyModes) as MemoryPolicyMode[]) {
  test(`checkMemoryPolicy() takes of ${mode} what the kernel takes`, (t) => {
    if (!skipUnless(t, knowsMemoryNodes(local), "numa")) return;
    inHand((hand) => {
      for (const flags of flagSets) {
        for (const nodes of ["", "0"]) {
          const policy = { mode, flags, nodes };
          const taken = isTaken(policy);
          if (taken !== kernelTakes(hand, policy))
            assert.ok(taken && isNewer(policy), JSON.stringify(policy));
        }
      }
    });
  });
}

for (const [memoryPolicy, ...lines] of [
  [{ mode: "MPOL_BIND" }, "nodes: must name a node with MPOL_BIND"],
  [{ mode: "MPOL_LOCAL", nodes: "0" }, 'nodes: must be empty with MPOL_LOCAL, found "0"'],
  [{ mode: "MPOL_BIND", nodes: "1024" }, 'nodes: must not name numbers above 1023, found "1024"'],
  [
    { mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_NUMA_BALANCING"] },
    "flags/0: MPOL_F_NUMA_BALANCING is for MPOL_BIND and MPOL_PREFERRED_MANY, not for MPOL_INTERLEAVE",
  ],
  [
    { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"] },
    "flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other",
  ],
  [
    { mode: "MPOL_PREFERRED", flags: ["MPOL_F_STATIC_NODES"] },
    "flags/0: MPOL_F_STATIC_NODES is of no use without nodes",
  ],
] as const) {
  test(`checkMemoryPolicy() refuses ${JSON.stringify(memoryPolicy)}`, () => {
    assert.deepEqual(
      faults({ linux: { memoryPolicy } }),
      lines.map((line) => `/linux/memoryPolicy/${line}`),
    );
  });
}
