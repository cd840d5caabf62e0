import { unescapePath } from "../../base/mountinfo.ts";
import { textOf } from "./text.ts";

/** What is seen of the kernel through /proc, and where terminals come from. */
export interface ProcFacts {
  /** Whether a procfs is mounted on /proc. */
  readonly mounted: boolean;
  readonly readOnly: boolean;
  /** Its options that hide something (proc(5)): `hidepid=2`, `subset=pid`. */
  readonly hiding: readonly string[];
  /** Places in it and in /sys that something else is mounted on. */
  readonly covered: readonly string[];
  /** Whether a devpts is mounted on /dev/pts. */
  readonly terminals: boolean;
}

export function readProcMounts(): ProcFacts {
  return parseProcMounts(textOf("/proc/self/mountinfo") ?? "");
}

/** Kernel file systems that are mounted there by custom. */
const customary =
  /^(?:binfmt_misc|autofs|cgroup2?|securityfs|debugfs|tracefs|configfs|fusectl|fuse|pstore|bpf|efivarfs|selinuxfs|resctrl|nfsd|sysfs|mqueue|hugetlbfs)$/;

/** @param mountinfo the text of /proc/self/mountinfo (proc_pid_mountinfo(5)) */
export function parseProcMounts(mountinfo: string): ProcFacts {
  const mounts = mountinfo.split("\n").filter(Boolean).map(parseLine);
  const proc = mounts.findLast(({ point, type }) => point === "/proc" && type === "proc");
  const covers = ({ point, type }: (typeof mounts)[number]): boolean =>
    /^\/(?:proc|sys)\//.test(point) && !point.startsWith("/sys/fs/cgroup") && !customary.test(type);
  const options = proc === undefined ? [] : [...proc.options, ...proc.superOptions];
  return {
    mounted: proc !== undefined,
    readOnly: options.includes("ro"),
    hiding: options.filter((option) => /^(?:hidepid=(?!0$|off$)|subset=)/.test(option)),
    covered: [...new Set(mounts.filter(covers).map(({ point }) => point))],
    terminals: mounts.some(({ point, type }) => point === "/dev/pts" && type === "devpts"),
  };
}

function parseLine(line: string) {
  const [before = "", after = ""] = line.split(" - ");
  const [, , , , point = "", options = ""] = before.split(" ");
  const [type = "", , superOptions = ""] = after.split(" ");
  return {
    point: unescapePath(point),
    type,
    options: options.split(","),
    superOptions: superOptions.split(","),
  };
}
