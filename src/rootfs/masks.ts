import { normalize } from "node:path/posix";
import { cloneTree, mountSetattr, moveMount, newFileSystem } from "../sys/detached-mount.ts";
import type { Executor } from "../sys/executor.ts";
import type { Fd } from "../sys/fd.ts";
import { fstatAll, O_PATH, S_IFDIR, S_IFMT } from "../sys/files.ts";
import { openAllInRoot } from "../sys/in-root.ts";
import { MOUNT_ATTR_RDONLY } from "../sys/mount.ts";
import { openNull } from "./devices.ts";
import type { View } from "./mount-context.ts";

/** A path of a list in config.json, with its place there. */
interface Item {
  readonly path: string;
  readonly pointer: string;
}

/** The same, open. */
interface Target extends Item {
  readonly fd: Fd;
}

/** What is mounted at /proc and /sys. */
type Views = ReadonlyMap<View, Fd>;

const none: Views = new Map();

/** Opens those of the paths that exist: what is in a view there, anything else in the root. */
function openTargets(k: Executor, root: number, items: readonly Item[], views: Views): Target[] {
  const inside = [...views].flatMap(([view, { number }]) => {
    const below = items.filter(({ path }) => isIn(view, path));
    return open(k, number, below, (path) => normalize(path).slice(view.length));
  });
  const outside = items.filter(({ path }) => ![...views.keys()].some((view) => isIn(view, path)));
  return [...inside, ...open(k, root, outside)];
}

/** Whether a path leads into a view, with no `..` on the way, which would be the image's to decide. */
function isIn(view: View, path: string): boolean {
  return isOfTheKernel(path) && normalize(path).startsWith(`${view}/`);
}

function open(
  k: Executor,
  directory: number,
  items: readonly Item[],
  below = (path: string) => path,
): Target[] {
  if (items.length === 0) return [];
  const paths = items.map(({ path }) => below(path));
  return openAllInRoot(k, directory, paths, O_PATH).flatMap((fd, index) => {
    const item = items[index];
    return fd === undefined || item === undefined ? [] : [{ ...item, fd }];
  });
}

/**
 * Hides `linux.maskedPaths` (runtime-spec config-linux.md): a file is covered by /dev/null, a directory by an empty
 * read-only tmpfs, one for all of them. Paths that do not exist are skipped.
 * @param label SELinux's for that tmpfs (`linux.mountLabel`), or ""
 */
export function maskPaths(
  k: Executor,
  root: number,
  paths: readonly string[],
  { label = "", views = none }: { readonly label?: string; readonly views?: Views } = {},
): void {
  for (const group of independent(paths, "/linux/maskedPaths")) {
    const targets = openTargets(k, root, group, views);
    if (targets.length > 0) cover(k, root, targets, label);
  }
}

function cover(k: Executor, root: number, targets: readonly Target[], label: string): void {
  const stats = fstatAll(
    k,
    targets.map(({ fd }) => fd.number),
  );
  const directories = targets.filter((_, index) => ((stats[index]?.mode ?? 0) & S_IFMT) === S_IFDIR);
  const files = targets.filter((target) => !directories.includes(target));
  coverDirectories(k, directories, label);
  if (files.length > 0) coverWith(k, openNull(k, root, O_PATH), files);
}

/** The tmpfs itself covers the first, and the others are covered by it there: before Linux 6.15 no detached mount can be cloned. */
function coverDirectories(k: Executor, targets: readonly Target[], label: string): void {
  const [first, ...others] = targets;
  if (first === undefined) return;
  const empty = emptyDirectory(k, label);
  k.within(`masking ${first.path}`, first.pointer, () => moveMount(k, empty.number, first.fd.number));
  first.fd[Symbol.dispose]();
  coverWith(k, empty, others);
}

function coverWith(k: Executor, source: Fd, targets: readonly Target[]): void {
  for (const { path, pointer, fd } of targets) {
    k.within(`masking ${path}`, pointer, () => {
      using tree = cloneTree(k, source.number, false);
      moveMount(k, tree.number, fd.number);
      fd[Symbol.dispose]();
    });
  }
  source[Symbol.dispose]();
}

function emptyDirectory(k: Executor, label: string): Fd {
  return k.within("making an empty directory for masks", "/linux/maskedPaths", () => {
    const options = ["nr_blocks=1", "nr_inodes=1", "ro", ...(label === "" ? [] : [`context=${label}`])];
    return newFileSystem(k, { type: "tmpfs", source: undefined, options, attributes: MOUNT_ATTR_RDONLY });
  });
}

/** Makes `linux.readonlyPaths` read-only: each is bound onto itself. Paths that do not exist are skipped. */
export function protectPaths(k: Executor, root: number, paths: readonly string[], views: Views = none): void {
  const plain = paths.every(isOfTheKernel);
  for (const group of independent(paths, "/linux/readonlyPaths", plain)) {
    for (const { path, pointer, fd } of openTargets(k, root, group, views)) {
      k.within(`making ${path} read-only`, pointer, () => {
        using tree = cloneTree(k, fd.number, true);
        mountSetattr(k, tree.number, { set: MOUNT_ATTR_RDONLY, clear: 0 }, false);
        moveMount(k, tree.number, fd.number);
        fd[Symbol.dispose]();
      });
    }
  }
}

/**
 * The list as one group that is opened at once; one by one where a path lies below another, which is gone (or is to be
 * read-only within the other's mount) once that is done.
 * @param plain whether what a path says is where it leads: else it may be below another, and nobody sees it
 */
function independent(paths: readonly string[], place: string, plain = true): Item[][] {
  const items = paths.map((path, index) => ({ path, pointer: `${place}/${index}` }));
  // Sorted with their slashes, what lies below a path comes right after it.
  const sorted = [...new Set(paths.map((path) => normalize(`/${path}/`)))].sort();
  const nested = sorted.some((path, index) => index > 0 && path.startsWith(sorted[index - 1] ?? ""));
  if (nested || !plain) return items.map((item) => [item]);
  return items.length === 0 ? [] : [items];
}

/** Whether no link of the image's is on the way, nor `..` behind one, as with all that engines ask for. */
function isOfTheKernel(path: string): boolean {
  return /^\/+(proc|sys)\//.test(path) && !path.split("/").includes("..");
}
