import { capabilityNames } from "./capabilities.ts";
import { unsupported } from "./checks/unsupported.ts";
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
  readonly version: string;
  readonly commit: string;
}

/** Whether a property is carried out: a claim falls and rises with the checks that refuse it. */
function works(pointer: string): boolean {
  return !unsupported.includes(pointer);
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
  const { mountOptions, namespaces, seccomp, memoryPolicy, version, commit } = context;
  const intelRdt = works("/linux/intelRdt");
  return {
    ociVersionMin,
    ociVersionMax: ociVersion,
    hooks: hookKinds,
    ...sorted({ mountOptions }),
    linux: {
      ...sorted({ namespaces }),
      capabilities: capabilityNames,
      cgroup: { v1: true, v2: true, systemd: false, systemdUser: false, rdma: true },
      seccomp: { enabled: true, ...sorted(seccomp) },
      apparmor: { enabled: works("/process/apparmorProfile") },
      selinux: { enabled: works("/process/selinuxLabel") },
      intelRdt: { enabled: intelRdt, schemata: intelRdt, monitoring: intelRdt },
      ...(memoryPolicy === undefined ? {} : { memoryPolicy: sorted(memoryPolicy) }),
      mountExtensions: { idmap: { enabled: works("/mounts/*/uidMappings") } },
      netDevices: { enabled: works("/linux/netDevices") },
    },
    annotations: { "org.tsrun.commit": commit, "org.tsrun.version": version },
    potentiallyUnsafeConfigAnnotations: [],
  };
}
