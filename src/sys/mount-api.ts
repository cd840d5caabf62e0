import type { Executor } from "./executor.ts";
import type { Fd } from "./fd.ts";

/** What changes of a mount: attributes (MOUNT_ATTR_*) set and cleared, and the propagation (MS_SHARED, …) or 0. */
export interface MountAttributes {
  readonly set: number;
  readonly clear: number;
  readonly propagation?: number;
}

/** A file system that is to be made. */
export interface NewFileSystem {
  readonly type: string;
  /** What it is made from; undefined for none. */
  readonly source: string | undefined;
  /** Its own options, `key` or `key=value`, those of every superblock among them (`ro`, `sync`, …). */
  readonly options: readonly string[];
  /** Attributes of its mount (MOUNT_ATTR_*). */
  readonly attributes: number;
}

/**
 * A way to mount: mounts are made apart from the tree, get their attributes, and only then are moved to their place, so
 * that nobody sees them half made. Two implementations: `newMounts`, by the calls of Linux 5.2 and 5.12, and
 * `OldMounts`, by mount(2). `detached-mount.ts` has the calls, and says what each does.
 */
export interface MountApi {
  cloneTree(k: Executor, directory: number, path: string, recursive: boolean, nofollow?: number): Fd;
  newFileSystem(k: Executor, wanted: NewFileSystem): Fd;
  mountSetattr(k: Executor, mount: number, change: MountAttributes, recursive: boolean): void;
  moveMount(k: Executor, mount: number, target: number): void;
}
