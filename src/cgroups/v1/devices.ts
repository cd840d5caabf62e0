import type { Resources } from "../../oci/types.ts";
import { effectiveRules } from "../device-rules.ts";
import type { CgroupWrite } from "../write.ts";

/** The container's device rules as lines for devices.allow and devices.deny (kernel: cgroup-v1/devices.rst), in order. */
export function toFiles(resources: Resources): CgroupWrite[] {
  return effectiveRules(resources).map(({ allow, type, major = "*", minor = "*", access, pointer }) => ({
    controller: "devices",
    file: allow ? "devices.allow" : "devices.deny",
    value: `${type} ${major}:${minor} ${access}`,
    pointer,
  }));
}
