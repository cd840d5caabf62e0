import type { Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

/** linux.resources.pids as a file of the pids controller, on v1 and v2. */
export function toFiles({ pids }: Resources): CgroupWrite[] {
  if (pids === undefined) return [];
  const value = pids.limit > 0 ? String(pids.limit) : "max";
  return [{ controller: "pids", file: "pids.max", value, pointer: "/linux/resources/pids/limit" }];
}
