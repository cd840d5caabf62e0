import { TsrunError } from "../base/errors.ts";
import { deniesGroups } from "../namespaces/id-maps.ts";
import { type NamespacePlan, planNamespaces } from "../namespaces/plan.ts";
import { allowsGroups, inUserNamespace } from "../namespaces/user-namespace.ts";
import type { Config, Linux, Process } from "../oci/types.ts";

/**
 * Whether setgroups(2) will be allowed in the container's user namespace; undefined where that is one to be joined, of
 * which only a process in it can tell. Without it the groups of the runtime's caller stay: nobody can take them away.
 * @throws TsrunError where it will be denied and groups are asked for
 */
export function planGroups({ linux }: Config, { user }: Process): boolean | undefined {
  const namespaces = planNamespaces(linux?.namespaces ?? []);
  const hint = denial(namespaces, linux);
  if (hint === undefined) return namespaces.newUser || !namespaces.types.has("user") ? true : undefined;
  if ((user?.additionalGids ?? []).length === 0) return false;
  throw new TsrunError("cannot set any additional groups in a rootless container", {
    pointer: "/process/user/additionalGids",
    hint,
  });
}

/** Why setgroups(2) is denied (user_namespaces(7), CVE-2014-8989), as far as that is known beforehand. */
function denial({ newUser }: NamespacePlan, linux: Linux | undefined): string | undefined {
  if (inUserNamespace() && !allowsGroups("self")) {
    return "setgroups(2) is denied in this user namespace (/proc/self/setgroups) and those below it";
  }
  return newUser && deniesGroups(linux?.gidMappings ?? [])
    ? "setgroups(2) is denied where a user maps only itself; with more ids in gidMappings newgidmap writes the map, and it is allowed"
    : undefined;
}
