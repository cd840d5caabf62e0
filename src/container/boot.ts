import { lazy } from "../base/lazy.ts";
import { readParameter } from "../sys/host-proc.ts";
import type { ContainerRecord } from "./record.ts";

/** Which boot of the kernel this is (proc_sys_kernel(5), random/boot_id); undefined where /proc does not say. */
export const bootId = lazy(() => readParameter("kernel/random/boot_id"));

/**
 * Whether a container was made since the machine was booted. What the record of another one says of processes, cgroups and
 * mounts, where --root has outlived them, is about others' by now. A record of an older tsrun does not tell.
 */
export function isOfThisBoot(record: Pick<ContainerRecord, "bootId">): boolean {
  return record.bootId === undefined || bootId() === undefined || record.bootId === bootId();
}
