import { toFiles as hugetlbFiles } from "../common/hugetlb.ts";
import { toFiles as pidsFiles } from "../common/pids.ts";
import { toFiles as rdmaFiles } from "../common/rdma.ts";
import { toFiles as cpuFiles } from "./cpu.ts";
import { toFiles as cpusetFiles } from "./cpuset.ts";
import { toFiles as ioFiles } from "./io.ts";
import { toFiles as memoryFiles } from "./memory.ts";
import { toFiles as networkFiles } from "./network.ts";

export { toFiles as deviceFiles } from "./devices.ts";
export { explainRefusal } from "./memory.ts";

/** Every mapping but that of the devices, which has rules of its own about failing. */
export const mappings = [
  cpusetFiles,
  memoryFiles,
  cpuFiles,
  pidsFiles,
  ioFiles,
  hugetlbFiles("limit_in_bytes"),
  networkFiles,
  rdmaFiles,
] as const;
