import type { Config, Linux, Mount, Namespace } from "./types.ts";
import { ociVersion } from "./version.ts";

/** What the machine and the caller are, as far as the starter config depends on it. */
export interface SpecContext {
  /** Whether the host has cgroup v2 alone: the container then gets a cgroup namespace, as runc's does. */
  readonly cgroup2: boolean;
}

/** Who the root of a rootless container is outside. */
export interface RootlessOwner {
  readonly uid: number;
  readonly gid: number;
}

const capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

const mounts: readonly Mount[] = [
  { destination: "/proc", type: "proc", source: "proc" },
  {
    destination: "/dev",
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
  },
  {
    destination: "/dev/pts",
    type: "devpts",
    source: "devpts",
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
  },
  {
    destination: "/dev/shm",
    type: "tmpfs",
    source: "shm",
    options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
  },
  {
    destination: "/dev/mqueue",
    type: "mqueue",
    source: "mqueue",
    options: ["nosuid", "noexec", "nodev"],
  },
  {
    destination: "/sys",
    type: "sysfs",
    source: "sysfs",
    options: ["nosuid", "noexec", "nodev", "ro"],
  },
  {
    destination: "/sys/fs/cgroup",
    type: "cgroup",
    source: "cgroup",
    options: ["nosuid", "noexec", "nodev", "relatime", "ro"],
  },
];

/** Files of /proc and /sys that tell about the host or reach into it. */
const maskedPaths = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/sys/firmware",
  "/proc/scsi",
];

const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

function namespaces(types: readonly Namespace["type"][], { cgroup2 }: SpecContext): Namespace[] {
  return [...types, ...(cgroup2 ? (["cgroup"] as const) : [])].map((type) => ({ type }));
}

function withLinux(linux: Linux, mountList: readonly Mount[]): Config {
  return {
    ociVersion,
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ["sh"],
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
      cwd: "/",
      capabilities: {
        bounding: capabilities,
        effective: capabilities,
        permitted: capabilities,
      },
      rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    hostname: "tsrun",
    mounts: mountList,
    linux: { ...linux, maskedPaths, readonlyPaths },
  };
}

/** The starter config.json that `spec` writes: runc's, under our version and host name. */
export function defaultSpec(context: SpecContext): Config {
  const resources = { devices: [{ allow: false, access: "rwm" }] };
  return withLinux(
    { resources, namespaces: namespaces(["pid", "network", "ipc", "uts", "mount"], context) },
    mounts,
  );
}

/**
 * The mounts as an ordinary user may make them: sysfs belongs to the network namespace, which is the host's here, so
 * it can only be bound; the group of terminals has no mapping.
 */
function rootlessMount(mount: Mount): Mount {
  switch (mount.type) {
    case "sysfs":
      return {
        destination: "/sys",
        type: "none",
        source: "/sys",
        options: ["rbind", "nosuid", "noexec", "nodev", "ro"],
      };
    case "devpts":
      return { ...mount, options: mount.options?.filter((option) => option !== "gid=5") ?? [] };
    default:
      return mount;
  }
}

/** The starter config.json that `spec --rootless` writes. */
export function rootlessSpec(context: SpecContext, { uid, gid }: RootlessOwner): Config {
  return withLinux(
    {
      uidMappings: [{ containerID: 0, hostID: uid, size: 1 }],
      gidMappings: [{ containerID: 0, hostID: gid, size: 1 }],
      namespaces: namespaces(["pid", "ipc", "uts", "mount", "user"], context),
    },
    mounts.map(rootlessMount),
  );
}
