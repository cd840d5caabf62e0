import type { CgroupStats, StatsPart } from "../stats.ts";
import { readStats as readV2 } from "../v2/stats.ts";
import { controllersAround } from "./beside.ts";
import { readStats as readV1 } from "./stats.ts";

const controllerOf: Readonly<Record<StatsPart, string>> = {
  cpu: "cpu",
  cpuset: "cpuset",
  memory: "memory",
  swap: "memory",
  pids: "pids",
  io: "blkio",
  hugetlb: "hugetlb",
  rdma: "rdma",
  misc: "misc",
};

/** What the cgroups of a v1 host count; of a hybrid one with what its v2 tree does (beside.ts). Throws as both do. */
export function readStats(paths: ReadonlyMap<string, string>, parts: readonly StatsPart[]): CgroupStats {
  const v1 = readV1(paths, parts);
  const directory = paths.get("");
  if (directory === undefined) return v1;
  const around = controllersAround(directory);
  const elsewhere = parts.filter((part) => {
    return !paths.has(controllerOf[part]) && around.has(controllerOf[part]);
  });
  if (elsewhere.length === 0) return v1;
  const v2 = readV2(directory, elsewhere);
  const figures = elsewhere.map((part) => (part === "swap" ? "memory" : part));
  return { ...v1, ...Object.fromEntries(figures.map((name) => [name, v2[name]])) };
}
