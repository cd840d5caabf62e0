/** One cgroup v1 hierarchy as the container sees it. */
export interface CgroupHierarchy {
  /** Name below /sys/fs/cgroup, e.g. `cpu,cpuacct` or `systemd`. */
  readonly name: string;
  /** Mount options that name the hierarchy: `cpu,cpuacct`, `name=systemd`. */
  readonly controllers: readonly string[];
  /** The container's own directory in it, on the host. */
  readonly source: string;
}

/** What a mount of type `cgroup` shows: v1 hierarchies, or the unified one. */
export type CgroupMount =
  | { readonly version: 1; readonly hierarchies: readonly CgroupHierarchy[]; readonly ownNamespace: boolean }
  | {
      readonly version: 2;
      /** The container's own directory on the host; "" without one. */
      readonly own: string;
      /** Where the host has the hierarchy mounted. */
      readonly mountPoint: string;
      readonly ownNamespace: boolean;
    };
