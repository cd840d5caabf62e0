import { lazy } from "../base/lazy.ts";
import { mountSetattr } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { MOUNT_ATTR_RDONLY, MS_REC } from "../sys/mount.ts";
import { chrootTo, moveRootTo, pivotTo, setRootPropagation } from "../sys/root.ts";
import type { Propagation } from "./mount-options.ts";

const hostViews = lazy(() => require("./host-views.ts") as typeof import("./host-views.ts"));

/** Makes `root` the root of the mount namespace and detaches the old one (pivot_root(2)). */
export function pivot(k: Executor, root: Fd): void {
  k.within("changing the root with pivot_root", "/root/path", () => pivotTo(k, root.number));
  k.flush();
}

/** `--no-pivot`: moves the root mount over "/" and changes the root directory; for hosts whose root is a ramdisk. */
export function moveRoot(k: Executor, root: Fd): void {
  k.within("changing the root with MS_MOVE", "/root/path", () => {
    hostViews().removeHostViews(k, root);
    moveRootTo(k, root.number);
  });
  k.flush();
}

/** Without a mount namespace of its own the container only gets another root directory. */
export function changeRoot(k: Executor, root: Fd): void {
  k.within("changing the root directory", "/root/path", () => chrootTo(k, root.number));
  k.flush();
}

/** Makes a mount read-only: the container's root (`root.readonly`), or one that had to be writable until now. */
export function makeReadOnly(k: Executor, mount: Fd, pointer: string): void {
  k.within("making a mount read-only", pointer, () => {
    mountSetattr(k, mount.number, { set: MOUNT_ATTR_RDONLY, clear: 0 }, false);
  });
}

/** Sets the propagation of "/", before the root is prepared and (as configured) after the root has changed. */
export function propagateRoot(k: Executor, { type, recursive }: Propagation): void {
  k.within("setting the propagation of the root", "/linux/rootfsPropagation", () => {
    setRootPropagation(k, type | (recursive ? MS_REC : 0));
  });
}
