import type { StatFiles } from "../common/stat-files.ts";
import type { IoEntry, IoList, IoStats } from "../stats.ts";

/** Keys of io.stat that v1 has a name for; discards (`dbytes`, `dios`) and iocost's are passed over, as with runc. */
const keys: Readonly<Record<string, readonly [list: IoList, op: string]>> = {
  rbytes: ["serviceBytes", "Read"],
  wbytes: ["serviceBytes", "Write"],
  rios: ["serviced", "Read"],
  wios: ["serviced", "Write"],
};

/** io.stat (cgroup-v2.rst, "IO Interface Files": `8:16 rbytes=1459200 wbytes=0 …`) in v1's terms. */
export function ioOf(files: StatFiles): IoStats {
  const lists: Record<IoList, IoEntry[]> = {
    serviceBytes: [],
    serviced: [],
    queued: [],
    serviceTime: [],
    waitTime: [],
    merged: [],
    time: [],
    sectors: [],
  };
  for (const line of files.lines("io.stat")) {
    const [device = "", ...pairs] = line.split(" ");
    const [, major, minor] = /^(\d+):(\d+)$/.exec(device) ?? [];
    if (major === undefined || minor === undefined) continue;
    for (const [key = "", value = ""] of pairs.map((pair) => pair.split("=", 2))) {
      const [list, op] = (Object.hasOwn(keys, key) ? keys[key] : undefined) ?? [];
      if (list === undefined || op === undefined) continue;
      lists[list].push({
        major: BigInt(major),
        minor: BigInt(minor),
        op,
        value: files.number("io.stat", value),
      });
    }
  }
  return { ...lists, pressure: files.pressure("io.pressure") };
}
