import * as original from "../../../../src/rootfs/cgroup-mount.ts";
import { MOUNT_ATTR_RDONLY } from "../../../../src/sys/mount.ts";
import { isOut } from "../is-out.ts";

export * from "../../../../src/rootfs/cgroup-mount.ts";

export const mountCgroups: typeof original.mountCgroups = (k, context, entry, cgroup, options) => {
  const { set, clear } = options.attributes;
  const attributes = { set: isOut("cgroup-read-only") ? set & ~MOUNT_ATTR_RDONLY : set, clear };
  original.mountCgroups(k, context, entry, cgroup, { ...options, attributes });
};
