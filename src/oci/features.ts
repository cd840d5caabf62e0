import { capabilityNames } from "./capabilities.ts";
import { hookKinds } from "./hook-kinds.ts";
import type { Features } from "./types.ts";
import { ociVersion, ociVersionMin } from "./version.ts";

/** What the layers above know and this one may not import. */
export interface FeaturesContext {
  /** The mount options that src/rootfs understands. */
  readonly mountOptions: readonly string[];
  readonly version: string;
  readonly commit: string;
}

/**
 * What tsrun can do, whatever the machine can (runtime-spec, features.md). Engines ask for more where it says more, so
 * nothing here is a promise: what checks/unsupported.ts refuses is false.
 */
export function features({ mountOptions, version, commit }: FeaturesContext): Features {
  return {
    ociVersionMin,
    ociVersionMax: ociVersion,
    hooks: hookKinds,
    mountOptions: [...mountOptions].sort(),
    linux: {
      namespaces: ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"],
      capabilities: capabilityNames,
      cgroup: { v1: true, v2: true, systemd: false, systemdUser: false, rdma: true },
      seccomp: {
        enabled: true,
        actions: [
          "SCMP_ACT_ALLOW",
          "SCMP_ACT_ERRNO",
          "SCMP_ACT_KILL",
          "SCMP_ACT_KILL_PROCESS",
          "SCMP_ACT_KILL_THREAD",
          "SCMP_ACT_LOG",
          "SCMP_ACT_TRACE",
          "SCMP_ACT_TRAP",
        ],
        operators: [
          "SCMP_CMP_EQ",
          "SCMP_CMP_GE",
          "SCMP_CMP_GT",
          "SCMP_CMP_LE",
          "SCMP_CMP_LT",
          "SCMP_CMP_MASKED_EQ",
          "SCMP_CMP_NE",
        ],
        archs: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"],
        knownFlags: [
          "SECCOMP_FILTER_FLAG_LOG",
          "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
          "SECCOMP_FILTER_FLAG_TSYNC",
        ],
        supportedFlags: [
          "SECCOMP_FILTER_FLAG_LOG",
          "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
          "SECCOMP_FILTER_FLAG_TSYNC",
        ],
      },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      intelRdt: { enabled: false },
      mountExtensions: { idmap: { enabled: false } },
      netDevices: { enabled: true },
    },
    annotations: { "org.tsrun.commit": commit, "org.tsrun.version": version },
    potentiallyUnsafeConfigAnnotations: [],
  };
}
