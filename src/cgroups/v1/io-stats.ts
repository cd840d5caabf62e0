import type { StatFiles } from "../common/stat-files.ts";
import { type IoEntry, type IoList, type IoStats, ioLists } from "../stats.ts";

type Source = readonly [list: IoList, file: string];

/** What debugging kernels keep of a scheduler (CONFIG_BFQ_CGROUP_DEBUG, CONFIG_DEBUG_BLK_CGROUP). */
const detailed = (prefix: string): Source[] => [
  ["sectors", `${prefix}.sectors_recursive`],
  ["serviceTime", `${prefix}.io_service_time_recursive`],
  ["waitTime", `${prefix}.io_wait_time_recursive`],
  ["merged", `${prefix}.io_merged_recursive`],
  ["queued", `${prefix}.io_queued_recursive`],
  ["time", `${prefix}.time_recursive`],
  ...brief(prefix),
];

const brief = (prefix: string): Source[] => [
  ["serviced", `${prefix}.io_serviced_recursive`],
  ["serviceBytes", `${prefix}.io_service_bytes_recursive`],
];

/** Where figures come from, in runc's order: what a scheduler counts goes before the throttling layer's. */
const candidates: readonly (readonly Source[])[] = [
  detailed("blkio.bfq"),
  brief("blkio.bfq"),
  // The scheduler cfq, which Linux 5.0 dropped.
  detailed("blkio"),
  brief("blkio.throttle"),
  [
    ["serviced", "blkio.throttle.io_serviced"],
    ["serviceBytes", "blkio.throttle.io_service_bytes"],
  ],
];

/** The files of the blkio controller (cgroup-v1/blkio-controller.rst) from the first source that has any entry. */
export function ioOf(files: StatFiles): IoStats {
  const lists = Object.fromEntries(ioLists.map((list) => [list, []])) as unknown as Record<IoList, IoEntry[]>;
  for (const [first, ...others] of candidates) {
    if (first === undefined) continue;
    lists[first[0]] = entriesOf(files, first[1]);
    if (lists[first[0]].length === 0) continue;
    for (const [list, file] of others) lists[list] = entriesOf(files, file);
    break;
  }
  return { ...lists, pressure: undefined };
}

/** Lines `8:0 Read 124`, `8:0 6792`; the last one, `Total 228`, is of no device. */
function entriesOf(files: StatFiles, file: string): IoEntry[] {
  const lines = files.lines(file).filter((line) => !line.startsWith("Total "));
  return lines.map((line) => {
    const [, major, minor, op = "", value] = /^(\d+):(\d+) (?:(\w+) )?(\d+)$/.exec(line) ?? [];
    if (major === undefined || minor === undefined || value === undefined) throw files.malformed(file, line);
    return { major: BigInt(major), minor: BigInt(minor), op, value: BigInt(value) };
  });
}
