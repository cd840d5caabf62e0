import type { CgroupWrite } from "./write.ts";

/**
 * Files with a line for each device, interface or resource, and what takes away a setting that there was no line for
 * (cgroup-v2.rst; cgroup-v1/blkio-controller.rst, net_prio.rst, rdma.rst; block/bfq-cgroup.c for "default").
 */
const unset: Readonly<Record<string, string>> = {
  "io.max": "rbps=max wbps=max riops=max wiops=max",
  "io.latency": "target=max",
  "io.weight": "default",
  "io.bfq.weight": "default",
  "blkio.weight_device": "0",
  "blkio.leaf_weight_device": "0",
  "blkio.bfq.weight_device": "default",
  "blkio.throttle.read_bps_device": "0",
  "blkio.throttle.write_bps_device": "0",
  "blkio.throttle.read_iops_device": "0",
  "blkio.throttle.write_iops_device": "0",
  "net_prio.ifpriomap": "0",
  "rdma.max": "hca_handle=max hca_object=max",
  "misc.max": "max",
  "dmem.max": "max",
  "dmem.low": "0",
  "dmem.min": "0",
};

/**
 * What to write, line by line, so that a file reads again as before a write. Most files take what they show.
 * @param before the file's text, without its line feed
 */
export function linesToPutBack({ file, value }: CgroupWrite, before: string): string[] {
  if (Object.hasOwn(unset, file)) return [keyedLine(value, before, unset[file] ?? "")];
  switch (file) {
    // "oom_kill_disable 0", "under_oom 0", "oom_kill 0"
    case "memory.oom_control":
      return [/^oom_kill_disable (\d)/m.exec(before)?.[1] ?? "0"];
    // "root invalid (reason)"
    case "cpuset.cpus.partition":
      return [before.split(" ", 1).join()];
    // 0 is that of an idle group, which cpu.idle brings back; the kernel takes none below 1.
    case "cpu.weight":
      return before === "0" ? [] : [before];
    default:
      // An empty list, as cpuset.cpus may be, is a line, too: a write of nothing may be no write.
      return [before === "" ? "\n" : before];
  }
}

/** The line of what `value` set: its first word, or "default" where it is a weight alone. */
function keyedLine(value: string, before: string, otherwise: string): string {
  const [first = ""] = value.split(" ", 1);
  const key = /^\d+$/.test(first) ? "default" : first;
  return before.split("\n").find((line) => line.startsWith(`${key} `)) ?? `${key} ${otherwise}`;
}
