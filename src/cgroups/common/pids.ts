import type { Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

/**
 * linux.resources.pids as a file of the pids controller, on v1 and v2: below 0 is no limit (runtime-spec config-linux.md,
 * "PIDs", as of 1.3). 0 keeps everybody from forking, which 1 does as well; systemd takes no 0, so runc 1.4 writes 1 with
 * either driver.
 */
export function toFiles({ pids }: Resources): CgroupWrite[] {
  if (pids?.limit === undefined) return [];
  const value = pids.limit < 0 ? "max" : String(pids.limit || 1);
  return [{ controller: "pids", file: "pids.max", value, pointer: "/linux/resources/pids/limit" }];
}
