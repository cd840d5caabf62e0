import type { Executor } from "./executor.ts";
import type { Fd } from "./fd.ts";
import { AT_FDCWD, chdir, fchdir, O_DIRECTORY, O_PATH, openat } from "./files.ts";
import { chroot, detach, MS_MOVE, MS_REC, MS_SLAVE, mount, pivotRoot } from "./mount.ts";

// The root directory of a process, and how it gets another one: by descriptor, and by the two paths that nobody can make
// lead elsewhere, "." and "/". All is queued.

/** Opens the executor's root directory. */
export function openRoot(k: Executor): Fd {
  return openat(k, AT_FDCWD, "/", O_PATH | O_DIRECTORY);
}

/** Makes a mount the root of the mount namespace and detaches the old root with all that is mounted there. */
export function pivotTo(k: Executor, root: number): void {
  using old = openRoot(k);
  fchdir(k, root);
  // Both the same directory: the old root ends up on top of the new one (pivot_root(2), notes).
  pivotRoot(k, ".", ".");
  fchdir(k, old.number);
  // The old root's unmount must not reach the host.
  mount(k, "", ".", "", MS_SLAVE | MS_REC);
  detach(k, ".");
  chdir(k, "/");
}

/** Moves a mount over the root and enters it (mount(2) MS_MOVE, chroot(2)). */
export function moveRootTo(k: Executor, root: number): void {
  fchdir(k, root);
  mount(k, ".", "/", "", MS_MOVE);
  chroot(k, ".");
  chdir(k, "/");
}

/** Gives the process another root directory (chroot(2)) and enters it. */
export function chrootTo(k: Executor, root: number): void {
  fchdir(k, root);
  chroot(k, ".");
  chdir(k, "/");
}

/** Sets the propagation of the root's mount. @param flags MS_SHARED, …; MS_REC for all below it, too */
export function setRootPropagation(k: Executor, flags: number): void {
  mount(k, "", "/", "", flags);
}
