import { type RdmaEntry, type RdmaStats, UNLIMITED } from "../stats.ts";
import type { StatFiles } from "./stat-files.ts";

/** Runc's numbers here are 32 bits wide: `max` is the highest of them. */
const HIGHEST = 0xffff_ffffn;

/** rdma.current and rdma.max, the same on v1 and v2 (cgroup-v2.rst, "RDMA"): `mlx4_0 hca_handle=2 hca_object=2000`. */
export function rdmaOf(files: StatFiles): RdmaStats {
  return { limit: entriesOf(files, "rdma.max"), current: entriesOf(files, "rdma.current") };
}

function entriesOf(files: StatFiles, file: string): RdmaEntry[] {
  return files.lines(file).map((line) => {
    const [device = "", ...pairs] = line.split(" ");
    const values = new Map(pairs.map((pair) => pair.split("=", 2) as [string, string]));
    const countOf = (name: string): bigint => {
      const value = files.number(file, values.get(name) ?? "0");
      return value === UNLIMITED ? HIGHEST : value;
    };
    return { device, handles: countOf("hca_handle"), objects: countOf("hca_object") };
  });
}
