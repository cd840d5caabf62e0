import { type HostCgroups, parseHostCgroups } from "../../src/cgroups/host.ts";

/** A host's /proc/self/mountinfo (its cgroup lines and a few others) and /proc/self/cgroup. */
function host(mountinfo: readonly string[], own: readonly string[]): HostCgroups {
  const others = [
    "22 27 0:21 / /proc rw,relatime - proc proc rw",
    "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw",
  ];
  return parseHostCgroups(`${[...others, ...mountinfo].join("\n")}\n`, `${own.join("\n")}\n`);
}

/** A systemd host with v1 alone: controllers mounted together, SELinux, a release agent. */
export const v1Host = host(
  [
    "31 23 0:27 / /sys/fs/cgroup/systemd rw,nosuid - cgroup cgroup rw,seclabel,xattr,release_agent=/lib/agent,name=systemd",
    "33 23 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid - cgroup cgroup rw,seclabel,cpu,cpuacct",
    "34 23 0:31 / /sys/fs/cgroup/cpuset rw shared:9 master:2 - cgroup cgroup rw,cpuset,clone_children",
  ],
  ["4:cpuset:/", "3:cpu,cpuacct:/user.slice", "1:name=systemd:/user.slice/user-0.slice/session-1.scope"],
);

/** v1 with the v2 tree beside it; a container's view of one hierarchy is mounted, too, and comes first. */
export const hybridHost = host(
  [
    "90 27 0:33 /docker/x /var/lib/lxc/root/sys/fs/cgroup/memory ro - cgroup cgroup rw,memory",
    "35 31 0:33 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
    "36 31 0:34 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer",
    "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate",
  ],
  ["10:hugetlb:/", "6:freezer:/", "4:memory:/jobs/17", "0::/"],
);

export const v2Host = host(
  ["35 26 0:30 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot"],
  ["0::/user.slice/user-1000.slice/session-2.scope"],
);

/** Docker in Docker on v1, without a cgroup namespace: mounts and the own path both start at the outer container's. */
export const dockerInDocker = host(
  [
    "700 690 0:33 /docker/abc /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory",
    "701 690 0:34 /docker/abc /sys/fs/cgroup/with\\040space rw,nosuid - cgroup cgroup rw,freezer",
  ],
  ["5:freezer:/docker/abc/inner", "4:memory:/docker/abc"],
);

/** A process whose cgroup is outside of its cgroup namespace (setns into it, cgroup_namespaces(7)). */
export const outsideHost = host(["35 26 0:30 /.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw"], ["0::/../other"]);

export const bareHost = host([], ["0::/"]);
