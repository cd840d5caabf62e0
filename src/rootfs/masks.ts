import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { fstat, O_PATH, S_IFDIR, S_IFMT } from "../sys/files.ts";
import {
  cloneTree,
  fsconfig,
  fscreate,
  fsmount,
  fsopen,
  MOUNT_ATTR_RDONLY,
  mountSetattr,
  moveMount,
} from "../sys/mount.ts";
import { openNull } from "./devices.ts";
import { openInRoot } from "./in-root.ts";

/**
 * Hides `linux.maskedPaths` (runtime-spec config-linux.md): a file is covered by /dev/null, a directory by an empty
 * read-only tmpfs, one for all of them. Paths that do not exist are skipped.
 */
export function maskPaths(k: Executor, root: number, paths: readonly string[]): void {
  let empty: Fd | undefined;
  paths.forEach((path, index) => {
    k.within(`masking ${path}`, `/linux/maskedPaths/${index}`, () => {
      using target = openInRoot(k, root, path, O_PATH);
      if (target === undefined) return;
      if ((fstat(k, target.number).mode & S_IFMT) === S_IFDIR) {
        empty ??= emptyDirectory(k);
        using tree = cloneTree(k, empty.number, "", false);
        moveMount(k, tree.number, target.number);
      } else {
        using device = openNull(k, root, O_PATH);
        using tree = cloneTree(k, device.number, "", false);
        moveMount(k, tree.number, target.number);
      }
    });
  });
  empty?.[Symbol.dispose]();
}

function emptyDirectory(k: Executor): Fd {
  using context = fsopen(k, "tmpfs");
  fsconfig(k, context.number, "nr_blocks", "1");
  fsconfig(k, context.number, "nr_inodes", "1");
  fsconfig(k, context.number, "ro", undefined);
  fscreate(k, context.number, "tmpfs");
  return fsmount(k, context.number, MOUNT_ATTR_RDONLY);
}

/** Makes `linux.readonlyPaths` read-only: each is bound onto itself. Paths that do not exist are skipped. */
export function protectPaths(k: Executor, root: number, paths: readonly string[]): void {
  paths.forEach((path, index) => {
    k.within(`making ${path} read-only`, `/linux/readonlyPaths/${index}`, () => {
      using target = openInRoot(k, root, path, O_PATH);
      if (target === undefined) return;
      using tree = cloneTree(k, target.number, "", true);
      mountSetattr(k, tree.number, { set: MOUNT_ATTR_RDONLY, clear: 0 }, false);
      moveMount(k, tree.number, target.number);
    });
  });
}
