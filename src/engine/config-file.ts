import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
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

/** A text that, encoded again, is the same bytes. @throws TsrunError for what is not UTF-8 */
function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new TsrunError(`${path} is not UTF-8`);
  }
}

function readIfThere(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  if (!stats.isFile()) throw new TsrunError(`${path} is no regular file`);
  return decode(readFileSync(path), path);
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

/** Writes a file beside its place and moves it there: a reader finds the old or the new one, whole. */
function replaceFile(path: string, text: string, like: Stats | undefined): void {
  const draft = `${path}.tsrun-${process.pid}`;
  try {
    const fd = openSync(draft, "wx", 0o600);
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (like !== undefined) chownSync(draft, like.uid, like.gid);
    chmodSync(draft, like === undefined ? NEW_FILE : like.mode & 0o7777);
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

/** The texts of those files that are there. */
export function textsOf(paths: readonly string[]): string[] {
  return paths.flatMap((path) => readIfThere(path) ?? []);
}
