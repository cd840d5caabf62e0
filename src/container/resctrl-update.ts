import { readFileSync } from "node:fs";
import { TsrunError } from "../base/errors.ts";
import type { IntelRdt } from "../oci/types.ts";
import { writeSchemata } from "../resctrl/group.ts";
import { groupName } from "../resctrl/plan.ts";
import { linesOf } from "../resctrl/schemata.ts";
import { findResctrl, groupDirectory, lookAt } from "../resctrl/tree.ts";

/** Lines for the schemata of a container's group; an empty one changes nothing. */
interface Changes {
  readonly l3CacheSchema: string;
  readonly memBwSchema: string;
}

/** An update of schemata that is taken back at the end of its scope unless it is kept. */
interface SchemataUpdate extends Disposable {
  keep(): void;
}

/**
 * Changes what a container's group in resctrl gets.
 * @throws TsrunError in runc's words where the machine or the container has no such thing, or with the kernel's reason
 */
export function updateSchemata(id: string, rdt: IntelRdt | undefined, changes: Changes): SchemataUpdate {
  const { l3CacheSchema, memBwSchema } = changes;
  const root = findResctrl(readFileSync("/proc/self/mountinfo", "utf8"));
  const view = root === undefined ? undefined : lookAt(root, groupName(rdt ?? {}, id), id);
  if (l3CacheSchema !== "" && view?.controlsCache !== true) {
    throw new TsrunError("Intel RDT/CAT: l3 cache schema is not enabled");
  }
  if (memBwSchema !== "" && view?.controlsBandwidth !== true) {
    throw new TsrunError("Intel RDT/MBA: memory bandwidth schema is not enabled");
  }
  if (rdt === undefined || root === undefined || view?.schemata === undefined) {
    throw new TsrunError("updating a non-existent Intel RDT configuration is not supported");
  }
  const group = groupDirectory(root, groupName(rdt, id));
  const text = [l3CacheSchema, memBwSchema].filter((line) => line !== "").join("\n");
  const before = linesOf(view.schemata, text);
  writeSchemata(root, group, { text });
  let isKept = false;
  return {
    keep: () => {
      isKept = true;
    },
    [Symbol.dispose]: () => {
      if (!isKept) writeSchemata(root, group, { text: before });
    },
  };
}
