// Statistics of a container, as parsers read them.
import { type StatsPart, statsParts } from "../../src/cgroups/stats.ts";
import { readStats as readV1 } from "../../src/cgroups/v1/stats.ts";
import { readStats as readV2 } from "../../src/cgroups/v2/stats.ts";
import { directory, reader } from "./stat-files.ts";

type Texts = Readonly<Record<string, string>>;

/** What a cgroup of v1 with these files counts; all controllers are in one directory. */
export function v1Stats(
  texts: Texts,
  parts: readonly StatsPart[] = statsParts,
  sizes: readonly string[] = [],
) {
  const controllers = ["cpu", "cpuacct", "cpuset", "memory", "pids", "blkio", "hugetlb", "rdma"];
  return readV1(new Map(controllers.map((name) => [name, directory])), parts, reader(texts), sizes);
}

/** What a cgroup of v2 with these files counts. */
export function v2Stats(
  texts: Texts,
  parts: readonly StatsPart[] = statsParts,
  sizes: readonly string[] = [],
) {
  return readV2(directory, parts, reader(texts), sizes);
}
