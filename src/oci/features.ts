import { capabilityNames } from "./capabilities.ts";
import { hookKinds } from "./hook-kinds.ts";
import type { Features, MemoryPolicyFeatures, NamespaceType, SeccompFeatures } from "./types.ts";
import { ociVersion, ociVersionMin } from "./version.ts";

/** What the layers above know and this one may not import: the tables by which they work. */
export interface FeaturesContext {
  /** The mount options that src/rootfs understands. */
  readonly mountOptions: readonly string[];
  readonly namespaces: readonly NamespaceType[];
  readonly seccomp: Omit<SeccompFeatures, "enabled">;
  readonly memoryPolicy?: MemoryPolicyFeatures;
  /** What annotations begin with that set properties of a container's systemd unit, and the properties that they may set. */
  readonly systemd: { readonly annotationPrefix: string; readonly properties: readonly string[] };
  readonly version: string;
  readonly commit: string;
}

/** Each list sorted: the tables are in the order of their own purposes. */
function sorted<T extends object>(lists: T): T {
  const entries = Object.entries(lists).map(([name, list]) => [name, [...list].sort()]);
  return Object.fromEntries(entries) as T;
}

/**
 * What tsrun can do, whatever the machine can (runtime-spec, features.md and features-linux.md). Engines ask for more
 * where it says more, so nothing here is a promise: each list is a table that the code itself works by.
 */
export function features(context: FeaturesContext): Features {
  const { mountOptions, namespaces, seccomp, memoryPolicy, systemd, version, commit } = context;
  return {
    ociVersionMin,
    ociVersionMax: ociVersion,
    hooks: hookKinds,
    ...sorted({ mountOptions }),
    linux: {
      ...sorted({ namespaces }),
      capabilities: capabilityNames,
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true },
      seccomp: { enabled: true, ...sorted(seccomp) },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      intelRdt: { enabled: true, schemata: true, monitoring: true },
      ...(memoryPolicy === undefined ? {} : { memoryPolicy: sorted(memoryPolicy) }),
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: true },
    },
    annotations: {
      "org.tsrun.commit": commit,
      "org.tsrun.systemd.properties": [...systemd.properties].sort().join(","),
      "org.tsrun.version": version,
    },
    potentiallyUnsafeConfigAnnotations: [systemd.annotationPrefix],
  };
}
