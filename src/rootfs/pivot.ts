import { lazy } from "../base/lazy.ts";
import { mountSetattr } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { AT_FDCWD, chdir, fchdir, O_DIRECTORY, O_PATH, openat } from "../sys/files.ts";
import {
  chroot,
  detach,
  MOUNT_ATTR_RDONLY,
  MS_MOVE,
  MS_REC,
  MS_SLAVE,
  mount,
  pivotRoot,
} from "../sys/mount.ts";
import type { Propagation } from "./mount-options.ts";

const hostViews = lazy(() => require("./host-views.ts") as typeof import("./host-views.ts"));

/** Makes `root` the root of the mount namespace and detaches the old one (pivot_root(2)). */
export function pivot(k: Executor, root: Fd): void {
  k.within("changing the root with pivot_root", "/root/path", () => {
    using old = openat(k, AT_FDCWD, "/", O_PATH | O_DIRECTORY);
    fchdir(k, root.number);
    // Both the same directory: the old root ends up on top of the new one (pivot_root(2), notes).
    pivotRoot(k, ".", ".");
    fchdir(k, old.number);
    // The old root's unmount must not reach the host.
    mount(k, "", ".", "", MS_SLAVE | MS_REC);
    detach(k, ".");
    chdir(k, "/");
  });
  k.flush();
}

/** `--no-pivot`: moves the root mount over "/" and changes the root directory; for hosts whose root is a ramdisk. */
export function moveRoot(k: Executor, root: Fd): void {
  k.within("changing the root with MS_MOVE", "/root/path", () => {
    hostViews().removeHostViews(k, root);
    fchdir(k, root.number);
    mount(k, ".", "/", "", MS_MOVE);
    chroot(k, ".");
    chdir(k, "/");
  });
  k.flush();
}

/** Without a mount namespace of its own the container only gets another root directory. */
export function changeRoot(k: Executor, root: Fd): void {
  k.within("changing the root directory", "/root/path", () => {
    fchdir(k, root.number);
    chroot(k, ".");
    chdir(k, "/");
  });
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
    mount(k, "", "/", "", type | (recursive ? MS_REC : 0));
  });
}
