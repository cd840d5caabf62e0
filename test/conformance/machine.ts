// What a program may need from the machine.
import { existsSync, readFileSync } from "node:fs";
import { release } from "node:os";

function isMounted(controller: string): boolean {
  return new RegExp(` - cgroup \\S+ \\S*\\b${controller}\\b`).test(
    readFileSync("/proc/self/mountinfo", "utf8"),
  );
}

function kernelBefore(major: number, minor: number): boolean {
  const [ours = 0, ourMinor = 0] = release().split(".").map(Number);
  return ours < major || (ours === major && ourMinor < minor);
}

/** A controller that cgroup2 hands down to its cgroups cannot be mounted as v1 (EBUSY; cgroup-view.sh mounts hugetlb). */
function isTakenByCgroup2(controller: string): boolean {
  const mount = /^(?:\S+ ){4}(\S+) .* - cgroup2 /m.exec(readFileSync("/proc/self/mountinfo", "utf8"));
  const enabled = mount === null ? "" : readFileSync(`${mount[1]}/cgroup.subtree_control`, "utf8");
  return enabled.split(/\s+/).includes(controller);
}

/** CAP_SYS_RESOURCE, capability 24, in the bounding set: without it nobody here can be given it. */
function mayHaveSysResource(): boolean {
  const bounding = /^CapBnd:\s*(\w+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return ((BigInt(`0x${bounding}`) >> 24n) & 1n) === 1n;
}

const checks = {
  /** The programs know no cgroup2. */
  "cgroup v1": () => isMounted("memory"),
  "the v1 hugetlb controller": () => isMounted("memory") && !isTakenByCgroup2("hugetlb"),
  /** blkio.weight came with the CFQ scheduler, which Linux 5.0 dropped. */
  "the CFQ scheduler": () => existsSync("/sys/fs/cgroup/blkio/blkio.weight"),
  /** memory.kmem.limit_in_bytes has had no effect since Linux 5.16. */
  "a kernel that limits kernel memory": () => isMounted("memory") && kernelBefore(5, 16),
  "the net_cls and net_prio controllers": () => isMounted("net_cls") && isMounted("net_prio"),
  SELinux: () => existsSync("/sys/fs/selinux/enforce"),
  CAP_SYS_RESOURCE: mayHaveSysResource,
};

/** Something that not every machine has. */
export type Need = keyof typeof checks;

/** Whether this machine has it. */
export function machineHas(need: Need): boolean {
  return checks[need]();
}
