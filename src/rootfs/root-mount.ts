import { lazy } from "../base/lazy.ts";
import { cloneTree, moveMount, useMountApi } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { O_DIRECTORY, O_PATH } from "../sys/files.ts";
import { openHost } from "../sys/host-paths.ts";
import { hasCall } from "../sys/new-mounts.ts";

/** Kernels without the new mount API are rare. */
const oldMounts = lazy(() => require("../sys/old-mounts.ts") as typeof import("../sys/old-mounts.ts"));

/** Which calls of the new mount API there are. */
export interface MountCalls {
  /** open_tree(2), fsopen(2) and their kin, Linux 5.2. */
  readonly tree: boolean;
  /** mount_setattr(2), Linux 5.12. */
  readonly attributes: boolean;
}

/** Opens the container's root and binds it onto itself, so that it is a mount that pivot_root(2) takes. */
export function bindRoot(k: Executor, path: string, calls = presentCalls()): Fd {
  using directory = openHost(k, path, O_PATH | O_DIRECTORY);
  if (!calls.tree || !calls.attributes) {
    useMountApi(k, new (oldMounts().OldMounts)(k, path, calls.tree));
  }
  using tree = cloneTree(k, directory.number, true);
  moveMount(k, tree.number, directory.number);
  return openHost(k, path, O_PATH | O_DIRECTORY);
}

function presentCalls(): MountCalls {
  return { tree: hasCall("open_tree"), attributes: hasCall("mount_setattr") };
}
