import type { Resources } from "../../oci/types.ts";
import { effectiveRules } from "../device-rules.ts";
import type { CgroupWrite } from "../write.ts";
import { changes, devicesOf, listOf, parseList } from "./device-list.ts";

/**
 * The container's device rules as lines for devices.allow and devices.deny (kernel: cgroup-v1/devices.rst).
 * @param current what devices.list shows: a new cgroup has what its parent has
 * @throws TsrunError for rules that v1 has no list for
 */
export function toFiles(resources: Resources, current = "a *:* rwm"): CgroupWrite[] {
  const target = listOf(effectiveRules(resources));
  return changes(parseList(current), target).map(({ allow, exception }) => ({
    controller: "devices",
    file: allow ? "devices.allow" : "devices.deny",
    value: exception === undefined ? "a *:* rwm" : `${devicesOf(exception)} ${exception.access}`,
    pointer: exception?.pointer ?? "/linux/resources/devices",
  }));
}
