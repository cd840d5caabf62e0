import { toFiles as cpusetFiles } from "../common/cpuset.ts";
import { toFiles as hugetlbFiles } from "../common/hugetlb.ts";
import { toFiles as pidsFiles } from "../common/pids.ts";
import { toFiles as rdmaFiles } from "../common/rdma.ts";
import { toFiles as cpuFiles } from "./cpu.ts";
import { toFiles as ioFiles } from "./io.ts";
import { toFiles as memoryFiles } from "./memory.ts";

/** linux.resources as files of v2's controllers, in the order in which they are written. */
export const mappings = [
  cpusetFiles,
  memoryFiles,
  cpuFiles,
  pidsFiles,
  ioFiles,
  hugetlbFiles("max"),
  rdmaFiles,
] as const;
