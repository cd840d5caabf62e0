import { readdirSync } from "node:fs";
import type { HugetlbStats } from "../stats.ts";
import type { StatFiles } from "./stat-files.ts";

const SYSFS = "/sys/kernel/mm/hugepages";
const UNITS = ["KB", "MB", "GB"] as const;

/** Files of the hugetlb controller, without `hugetlb.SIZE.`; v2 keeps no maximum. */
export interface HugetlbNames {
  readonly usage: string;
  readonly max?: string;
  failures(files: StatFiles, prefix: string): bigint;
}

/** Sizes of huge pages as cgroup files name them: sysfs says `hugepages-2048kB`, the controller `2MB`. */
export function hugePageSizes(names: readonly string[] = hugePageNames()): string[] {
  return names.flatMap((name) => {
    const kilobytes = /^hugepages-(\d+)kB$/.exec(name)?.[1];
    return kilobytes === undefined ? [] : [humanSize(Number(kilobytes))];
  });
}

/** A kernel without huge pages has no such directory. */
function hugePageNames(): string[] {
  try {
    return readdirSync(SYSFS);
  } catch {
    return [];
  }
}

function humanSize(kilobytes: number): string {
  const power = kilobytes >= 1 << 20 ? 2 : kilobytes >= 1 << 10 ? 1 : 0;
  return `${Math.floor(kilobytes / 1024 ** power)}${UNITS[power]}`;
}

/** By page size. Reservations count where the kernel keeps them (Linux 5.7): they are what is limited. */
export function hugetlbOf(
  files: StatFiles,
  names: HugetlbNames,
  sizes: readonly string[],
): Record<string, HugetlbStats> {
  const entries = [...sizes].sort().flatMap((size): [string, HugetlbStats][] => {
    const reserved = `hugetlb.${size}.rsvd`;
    const hasReserved = files.text(`${reserved}.${names.usage}`) !== undefined;
    const prefix = hasReserved ? reserved : `hugetlb.${size}`;
    const usage = files.maybeCount(`${prefix}.${names.usage}`);
    if (usage === undefined) return [];
    const max = names.max === undefined ? 0n : files.count(`${prefix}.${names.max}`);
    return [[size, { usage, max, failures: names.failures(files, prefix) }]];
  });
  return Object.fromEntries(entries);
}
