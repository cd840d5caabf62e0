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
      seccomp: { enabled: false },
      apparmor: { enabled: false },
      selinux: { enabled: false },
      intelRdt: { enabled: false },
      mountExtensions: { idmap: { enabled: false } },
      netDevices: { enabled: false },
    },
    annotations: { "org.tsrun.commit": commit, "org.tsrun.version": version },
    potentiallyUnsafeConfigAnnotations: [],
  };
}
