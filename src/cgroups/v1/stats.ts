import { hugePageSizes, hugetlbOf } from "../common/hugetlb-stats.ts";
import { rdmaOf } from "../common/rdma-stats.ts";
import { type FileReader, readIfKept, StatFiles } from "../common/stat-files.ts";
import { type CgroupStats, type PidsStats, type StatsPart, UNLIMITED } from "../stats.ts";
import { cpuOf, cpusetOf } from "./cpu-stats.ts";
import { ioOf } from "./io-stats.ts";
import { memoryOf } from "./memory-stats.ts";

/** The files of a controller that nobody asks for. */
const nothing = new StatFiles(undefined, () => undefined);

/**
 * What the cgroups of a v1 host count.
 * @param paths directory by controller
 * @param parts which figures are wanted; the others are as if their controllers were missing
 * @throws TsrunError that names a file whose text is not what the kernel writes
 */
export function readStats(
  paths: ReadonlyMap<string, string>,
  parts: readonly StatsPart[],
  read: FileReader = readIfKept,
  pageSizes: readonly string[] = parts.includes("hugetlb") ? hugePageSizes() : [],
): CgroupStats {
  const files = (part: StatsPart, controller: string): StatFiles =>
    parts.includes(part) ? new StatFiles(paths.get(controller), read) : nothing;
  return {
    cpu: cpuOf(files("cpu", "cpu"), files("cpu", "cpuacct")),
    cpuset: cpusetOf(files("cpuset", "cpuset")),
    memory: memoryOf(files("memory", "memory"), files("swap", "memory")),
    pids: pidsOf(files("pids", "pids")),
    io: ioOf(files("io", "blkio")),
    hugetlb: hugetlbOf(files("hugetlb", "hugetlb"), hugetlbNames, pageSizes),
    rdma: rdmaOf(files("rdma", "rdma")),
    misc: {},
  };
}

const hugetlbNames = {
  usage: "usage_in_bytes",
  max: "max_usage_in_bytes",
  failures: (files: StatFiles, prefix: string): bigint => files.count(`${prefix}.failcnt`),
};

/** The limit of none is 0, as with runc. */
function pidsOf(files: StatFiles): PidsStats {
  const limit = files.count("pids.max");
  return { current: files.count("pids.current"), limit: limit === UNLIMITED ? 0n : limit };
}
