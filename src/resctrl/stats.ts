import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isNodeErrno } from "../base/node-error.ts";

/** Directories of a container in resctrl. */
export interface ResctrlPlace {
  readonly root: string;
  /** Its control group. */
  readonly group: string;
  /** Its own monitoring group, where it has one. */
  readonly monitoring: string | undefined;
}

/** What resctrl says of the L3 cache (resctrl.rst, "Cache resource(L3/L2) subdirectory"). */
export interface CacheInfo {
  readonly mask: string;
  readonly minimumBits: bigint;
  readonly classes: bigint;
}

/** What resctrl says of memory bandwidth ("Memory bandwidth(MB) subdirectory"), in per cent or MB/s. */
export interface BandwidthInfo {
  readonly granularity: bigint;
  readonly linear: bigint;
  readonly minimum: bigint;
  readonly classes: bigint;
}

/** Share of a resource: what the machine has, the line of the root's schemata, and that of the container's group. */
export interface ResourceShare<Info> {
  readonly info: Info;
  readonly root: string;
  readonly group: string;
}

/** What was counted in one domain of a cache, in bytes. */
export interface DomainCount {
  readonly totalBytes: bigint;
  readonly localBytes: bigint;
  readonly occupancy: bigint;
}

/** Figures of Intel RDT; undefined where the machine does not have it. */
export interface ResctrlStats {
  readonly cache: ResourceShare<CacheInfo> | undefined;
  readonly bandwidth: ResourceShare<BandwidthInfo> | undefined;
  /** Whether memory bandwidth is counted, and whether use of the cache is. */
  readonly countsBandwidth: boolean;
  readonly countsCache: boolean;
  /** By domain, in the order of their directories (`mon_L3_00`, `mon_L3_01`). */
  readonly domains: readonly DomainCount[];
}

/** Reads the figures of a container's groups. */
export function readResctrlStats({ root, group, monitoring }: ResctrlPlace): ResctrlStats {
  const lines = (directory: string, resource: string): string =>
    lineOf(textOf(`${directory}/schemata`), resource);
  const share = <Info>(resource: string, info: (directory: string) => Info) => {
    const directory = `${root}/info/${resource}`;
    if (!existsSync(directory)) return undefined;
    return { info: info(directory), root: lines(root, resource), group: lines(group, resource) };
  };
  const features = textOf(`${root}/info/L3_MON/mon_features`).split("\n");
  const countsBandwidth = features.includes("mbm_total_bytes") || features.includes("mbm_local_bytes");
  const countsCache = features.includes("llc_occupancy");
  return {
    cache: share("L3", cacheInfo),
    bandwidth: share("MB", bandwidthInfo),
    countsBandwidth,
    countsCache,
    domains: countsBandwidth || countsCache ? domainsOf(`${monitoring ?? group}/mon_data`) : [],
  };
}

function cacheInfo(directory: string): CacheInfo {
  return {
    mask: textOf(`${directory}/cbm_mask`),
    minimumBits: numberIn(`${directory}/min_cbm_bits`),
    classes: numberIn(`${directory}/num_closids`),
  };
}

function bandwidthInfo(directory: string): BandwidthInfo {
  return {
    granularity: numberIn(`${directory}/bandwidth_gran`),
    linear: numberIn(`${directory}/delay_linear`),
    minimum: numberIn(`${directory}/min_bandwidth`),
    classes: numberIn(`${directory}/num_closids`),
  };
}

/** Domains of the L3 cache alone: newer machines count others, too. */
function domainsOf(directory: string): DomainCount[] {
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const domains = names.filter((name) => name.startsWith("mon_L3_")).sort();
  return domains.map((name) => ({
    totalBytes: numberIn(`${directory}/${name}/mbm_total_bytes`),
    localBytes: numberIn(`${directory}/${name}/mbm_local_bytes`),
    occupancy: numberIn(`${directory}/${name}/llc_occupancy`),
  }));
}

/** The line of a schemata file that is about a resource; the kernel pads names in front. */
export function lineOf(schemata: string, resource: string): string {
  const lines = schemata.split("\n").map((line) => line.trim());
  return lines.find((line) => line.startsWith(`${resource}:`)) ?? "";
}

/** A counter may say `Unavailable` or `Error`: then there is no figure, as without the file. */
function numberIn(path: string): bigint {
  const text = textOf(path);
  return /^\d+$/.test(text) ? BigInt(text) : 0n;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (isNodeErrno(error, "ENOENT")) return "";
    throw error;
  }
}
