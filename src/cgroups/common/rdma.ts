import type { Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

/** linux.resources.rdma as lines of rdma.max, which v1 and v2 share; what has no limit is "max". */
export function toFiles({ rdma = {} }: Resources): CgroupWrite[] {
  return Object.entries(rdma).map(([device, { hcaHandles = "max", hcaObjects = "max" }]) => ({
    controller: "rdma",
    file: "rdma.max",
    value: `${device} hca_handle=${hcaHandles} hca_object=${hcaObjects}`,
    pointer: `/linux/resources/rdma/${device.replaceAll("~", "~0").replaceAll("/", "~1")}`,
  }));
}
