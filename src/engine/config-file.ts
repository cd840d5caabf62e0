import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { TsrunError } from "../base/errors.ts";

/** Of a file that is made: everybody's to read, as packages have theirs. */
const NEW_FILE = 0o644;

/** Bytes of a file, at most: the stock files, which are the longest, have 30 kB. */
const MAX_SIZE = 1 << 20;

/** What is kept of a file from before tsrun stood in it has this behind its name; no engine reads such names. */
const BACKUP = ".before-tsrun";

/** A configuration as it is on the disk. */
export interface ConfigFile {
  /** The file itself, where the path led to a symbolic link. */
  readonly path: string;
  /** Undefined where there is none. */
  readonly text: string | undefined;
  readonly backupPath: string;
  /** What the file was before tsrun, if that was kept. */
  readonly backup: string | undefined;
}

/** Names the file in what is wrong with it. */
export function about<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (!(cause instanceof TsrunError)) throw cause;
    throw new TsrunError(path, { cause });
  }
}

/** A text that, encoded again, is the same bytes. @throws TsrunError for what is not UTF-8 */
function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TsrunError(`${path} is not UTF-8`);
  }
}

/** A file's bytes. Some files of /proc are longer than they say, without an end, or have a reader wait. */
function readBounded(fd: number, path: string): Uint8Array {
  const bytes = new Uint8Array(MAX_SIZE + 1);
  let length = 0;
  try {
    for (let more = -1; more !== 0 && length < bytes.length; length += more) {
      more = readSync(fd, bytes, length, bytes.length - length, null);
    }
  } catch (cause) {
    throw new TsrunError(`reading ${path}`, { cause });
  }
  if (length > MAX_SIZE) throw new TsrunError(`${path} is longer than ${MAX_SIZE} bytes`);
  return bytes.subarray(0, length);
}

/** The text of a file that need not be there. @throws TsrunError for what is no file, too long or not UTF-8 */
export function readIfThere(path: string): string | undefined {
  const notFile = `${path} is no regular file`;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw new TsrunError(notFile);
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    // Another may have taken its place.
    if (!fstatSync(fd).isFile()) throw new TsrunError(notFile);
    return decode(readBounded(fd, path), path);
  } finally {
    closeSync(fd);
  }
}

/** Follows symbolic links. @throws TsrunError for one that leads nowhere: what was meant to be there is not known */
function realPath(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return path;
  if (existsSync(path)) return realpathSync(path);
  throw new TsrunError(`${path} is a symbolic link to nothing`);
}

/** @throws TsrunError for what cannot be read as a text */
export function readConfigFile(link: string): ConfigFile {
  const path = realPath(link);
  const backupPath = path + BACKUP;
  return { path, text: readIfThere(path), backupPath, backup: readIfThere(backupPath) };
}

/**
 * Writes a file beside its place and moves it there: a reader finds the old or the new one, whole. Owner and mode are changed
 * by descriptor: whoever the folder belongs to may have put a link to a file of root's in the draft's place.
 */
function replaceFile(path: string, text: string, like: Stats | undefined): void {
  const draft = `${path}.tsrun-${process.pid}`;
  const fd = openSync(draft, "wx", 0o600);
  try {
    try {
      writeFileSync(fd, text);
      if (like !== undefined) fchownSync(fd, like.uid, like.gid);
      fchmodSync(fd, like === undefined ? NEW_FILE : like.mode & 0o7777);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Writes a configuration, with the mode and the owner that the file has.
 * @param keep whether what it was goes into the backup
 */
export function writeConfigFile(file: ConfigFile, text: string, keep: boolean): void {
  const { path, backupPath } = file;
  const like = statSync(path, { throwIfNoEntry: false });
  mkdirSync(dirname(path), { recursive: true });
  if (keep && file.text !== undefined) replaceFile(backupPath, file.text, like);
  replaceFile(path, text, like);
}

/** Removes a file that need not be there. */
export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** Paths, a folder's (ending in a slash) replaced by all `.conf` in it, by name. */
export function expandFolders(paths: readonly string[]): string[] {
  return paths.flatMap((path) => (path.endsWith("/") ? confFilesIn(path) : [path]));
}

function confFilesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith(".conf"));
  return names.sort().map((name) => folder + name);
}
