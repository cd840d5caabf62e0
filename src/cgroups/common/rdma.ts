import { pointerToken } from "../../oci/fault.ts";
import type { Resources } from "../../oci/types.ts";
import type { CgroupWrite } from "../write.ts";

/** linux.resources.rdma as lines of rdma.max, which v1 and v2 share; what is left out stays as it is: "max" at first. */
export function toFiles({ rdma = {} }: Resources): CgroupWrite[] {
  return Object.entries(rdma).flatMap(([device, { hcaHandles, hcaObjects }]) => {
    const limits = [...limit("hca_handle", hcaHandles), ...limit("hca_object", hcaObjects)];
    if (limits.length === 0) return [];
    const pointer = `/linux/resources/rdma/${pointerToken(device)}`;
    return [{ controller: "rdma", file: "rdma.max", value: [device, ...limits].join(" "), pointer }];
  });
}

function limit(key: string, value: number | bigint | undefined): string[] {
  return value === undefined ? [] : [`${key}=${value}`];
}
