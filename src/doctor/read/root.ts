import { existsSync, statfsSync, statSync } from "node:fs";
import { directoryOf } from "../../base/path.ts";
import { mayWrite } from "./text.ts";

/** statfs(2) f_type of file systems that are in memory: tmpfs, ramfs. */
const inMemory: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]);

/** The directory of the containers' state. */
export interface RootFacts {
  readonly path: string;
  readonly exists: boolean;
  /** The directory, or the nearest above it that is there: where it would be made. */
  readonly nearest: string;
  readonly writable: boolean;
  readonly inMemory: boolean;
  /** Free space in bytes, and free inodes; undefined where the file system does not count them. */
  readonly freeBytes: number;
  readonly freeInodes: number | undefined;
}

export function readRoot(path: string): RootFacts {
  const nearest = nearestDirectory(path);
  const { type, bavail, bsize, files, ffree } = statfsSync(nearest);
  return {
    path,
    exists: existsSync(path),
    nearest,
    writable: statSync(nearest).isDirectory() && mayWrite(nearest),
    inMemory: inMemory.has(type),
    freeBytes: bavail * bsize,
    freeInodes: files === 0 ? undefined : ffree,
  };
}

/** The path, or the nearest above it that there is: a directory, but where a file is in the way. */
export function nearestDirectory(path: string): string {
  return existsSync(path) || path === "/" ? path : nearestDirectory(directoryOf(path));
}
