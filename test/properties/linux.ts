import { by, each, type PropertyGroups, together } from "./evidence.ts";

const namespaces = "integration/namespaces";
const devices = "integration/devices";
const rdt = "integration/intel-rdt";
const idmap = ["containerID", "hostID", "size"];
const mappings = together(
  by(
    namespaces,
    "a user namespace has the mappings of config.json",
    "a user namespace's root is the mapped user outside",
  ),
  by(
    "integration/rootless",
    "rootless: the container's root is the user, and setgroups is denied (CVE-2014-8989)",
  ),
  by(
    "integration/rootless-ids",
    "rootless: newuidmap and newgidmap map the ids of /etc/subuid and /etc/subgid",
  ),
);
const kinds = ["pid", "network", "ipc", "uts", "mount", "cgroup"];

/** What only Linux has, but limits and the filter of system calls. */
export const linuxProperties: PropertyGroups = {
  "linux.namespaces": {
    "linux.namespaces[].type": by(
      namespaces,
      ...kinds.map((kind) => `a ${kind} namespace is the container's own`),
      "a user namespace has the mappings of config.json",
      "a time namespace is entered, not only made for children",
    ),
    "linux.namespaces[].path": by(
      namespaces,
      ...kinds.map((kind) => `a ${kind} namespace is joined by its path`),
      "a user namespace is joined by its path",
      "create refuses a path that is not a namespace of its type",
    ),
  },
  "linux.uidMappings": each("linux.uidMappings[].", idmap, mappings),
  "linux.gidMappings": each("linux.gidMappings[].", idmap, mappings),
  "linux.timeOffsets": each(
    "linux.timeOffsets.",
    ["boottime.secs", "boottime.nanosecs", "monotonic.secs", "monotonic.nanosecs"],
    by(namespaces, "a time namespace has the offsets of config.json"),
  ),
  "linux.devices": each(
    "linux.devices[].",
    ["type", "path", "major", "minor", "fileMode", "uid", "gid"],
    together(
      by(
        devices,
        "linux.devices are made with type, numbers, mode and owner",
        "a device in a directory that is missing gets one",
        "create refuses a device of an unknown type",
      ),
      by("integration/rootless", "rootless: devices are the host's, bound; a FIFO is made"),
    ),
  ),
  "linux.netDevices": {
    "linux.netDevices.*.name": by(
      "integration/net-devices",
      "a network device moves into the container, up, with its permanent addresses",
      "a network device gets its name inside, or a number in it",
      "a network device is back as it was when creation fails after its move",
      "a network device that is missing is named before anything is made",
    ),
  },
  "linux.cgroupsPath": {
    "linux.cgroupsPath": by(
      "integration/cgroups",
      "cgroupsPath names the container's cgroup",
      "create refuses a cgroup that other processes are in",
    ),
  },
  "linux.intelRdt": {
    ...each(
      "linux.intelRdt.",
      ["closID", "schemata", "l3CacheSchema"],
      by(
        rdt,
        "intelRdt puts init into a group named after the container, with its schemata",
        "intelRdt makes a class of service with its schemata, which outlives the container",
        "intelRdt is refused before anything is made where no resctrl is mounted",
      ),
    ),
    "linux.intelRdt.memBwSchema": by(
      rdt,
      "intelRdt joins a class of service that has the bandwidth asked for, and no other",
    ),
    "linux.intelRdt.enableMonitoring": by(
      rdt,
      "intelRdt with enableMonitoring has a monitoring group that goes with the container",
    ),
    ...each(
      "linux.intelRdt.",
      ["enableCMT", "enableMBM"],
      by(rdt, "intelRdt warns that enableCMT and enableMBM have no effect"),
    ),
  },
  "linux.sysctl": {
    "linux.sysctl": together(
      by(
        namespaces,
        "sysctls are set in the container alone",
        "create refuses the sysctl vm.swappiness",
        "create refuses a sysctl of the network without a network namespace",
      ),
      by(
        "integration/sysctl",
        "sysctls of a user namespace are set in the container's (user.*)",
        "create refuses a sysctl of the network where the container joins the runtime's own",
      ),
    ),
  },
  "linux.rootfsPropagation": {
    "linux.rootfsPropagation": by(
      "integration/mounts",
      ...["private", "slave", "shared", "unbindable"].map(
        (value) => `rootfsPropagation ${value} is that of the container's root`,
      ),
      "create refuses an unknown rootfsPropagation",
    ),
  },
  "linux.maskedPaths": {
    "linux.maskedPaths": by(
      "integration/masks",
      "masked files read as empty, masked directories are empty, both read-only",
    ),
  },
  "linux.readonlyPaths": {
    "linux.readonlyPaths": by("integration/masks", "read-only paths can be read and not written"),
  },
  "linux.mountLabel": {
    "linux.mountLabel": by(
      "integration/labels",
      "mountLabel is that of the container's file systems",
      "mountLabel is refused where SELinux is off",
    ),
  },
  "linux.personality": each(
    "linux.personality.",
    ["domain", "flags"],
    by(
      "integration/attributes",
      "the personality LINUX32 is that of a machine of 32 bits",
      "personality flags, of which none are defined, are a warning",
    ),
  ),
  "linux.memoryPolicy": each(
    "linux.memoryPolicy.",
    ["mode", "nodes", "flags"],
    by(
      "integration/attributes",
      "the memoryPolicy of MPOL_BIND is the process's",
      "the memoryPolicy of MPOL_INTERLEAVE is the process's",
    ),
  ),
};
