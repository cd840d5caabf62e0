import { isRoot } from "../base/own-process.ts";
import { openNamespace } from "../sys/host-proc.ts";
import type { NamespaceType } from "../sys/namespaces.ts";
import { setDumpable } from "../sys/process.ts";
import type { Hand } from "../sys/stub/hand.ts";
import type { OpenNamespace } from "./join.ts";
import type { InitPlan } from "./plan.ts";

/** What /proc/PID/ns calls them (namespaces(7)). */
const fileOf = (type: NamespaceType) => (type === "mount" ? "mnt" : type === "network" ? "net" : type);

/**
 * Opens init's namespaces for the createContainer hooks of an ordinary user, who may not look into init once that is not
 * dumpable. It is for this moment: it is sealed, and nobody else is in its user namespace yet. Undefined where nobody needs
 * them, or the user namespace is another's, too.
 */
export function openDoors({ config, namespaces }: InitPlan, k: Hand): OpenNamespace[] | undefined {
  if (isRoot() || !namespaces.newUser || (config.hooks?.createContainer ?? []).length === 0) return undefined;
  setDumpable(k, true);
  k.flush();
  return k.within("opening the container's namespaces", "/hooks/createContainer", () =>
    [...namespaces.types].map((type) => {
      const file = fileOf(type);
      const fd = openNamespace(k.pid, file);
      return { type, path: `/proc/${k.pid}/ns/${file}`, pointer: "/linux/namespaces", fd };
    }),
  );
}
