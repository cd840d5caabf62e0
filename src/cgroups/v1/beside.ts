import type { Resources } from "../../oci/types.ts";
import { ancestors, turnOn, words } from "../v2/enable.ts";
import { mappings } from "../v2/mappings.ts";
import { type CgroupWrite, carryOut, carryOutInTurn, type Put } from "../write.ts";

// The v2 tree beside v1 hierarchies has the controllers that none of those has: the kernel keeps them from v1
// (cgroup_no_v1=memory), or they are just not mounted there (cgroup-v2.rst, "Mounting").

/** What a controller of v2 is called on v1. */
function v1Name(controller: string): string {
  return controller === "io" ? "blkio" : controller;
}

function v2Name(controller: string): string {
  return controller === "blkio" ? "io" : controller;
}

/** Turns controllers on for a cgroup, and no others: what is on in the v2 tree can't be mounted as v1 any more. */
function turnOnAlone(directory: string, controllers: readonly string[]): void {
  for (const ancestor of ancestors(directory)) {
    const enabled = words(`${ancestor}/cgroup.subtree_control`);
    const missing = controllers.filter((controller) => !enabled.includes(controller));
    // What is refused is missed by the write that needs it.
    if (missing.length > 0) turnOn(ancestor, missing);
  }
}

/** The controllers, by their names on v1, that the tree around a directory has. */
export function controllersAround(directory: string): Set<string> {
  const [root] = ancestors(directory);
  return new Set(root === undefined ? [] : words(`${root}/cgroup.controllers`).map(v1Name));
}

/**
 * Sets what linux.resources says of some controllers in a v2 cgroup.
 * @param controllers by their names on v1
 * @throws TsrunError as CgroupManager.apply does
 */
export function limitBeside(
  directory: string,
  resources: Resources,
  controllers: ReadonlySet<string>,
  put: Put | undefined,
): void {
  turnOnAlone(directory, [...controllers].map(v2Name));
  const isWanted = ({ controller }: CgroupWrite) => controllers.has(v1Name(controller));
  for (const toFiles of mappings) {
    carryOutInTurn(toFiles(resources).filter(isWanted), (write) => {
      carryOut(directory, write, put === undefined ? {} : { put });
    });
  }
}
