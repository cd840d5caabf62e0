// What takes long to build, kept in a folder that several runs and checkouts share.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

const MONTH_MS = 30 * 24 * 3600 * 1000;

/** Where builds of a kind are kept. @param chosen a folder that the user has named instead */
export function cacheFolder(kind: string, chosen: string | undefined): string {
  const { XDG_CACHE_HOME: cache } = process.env;
  return resolve(chosen ?? join(cache ?? join(homedir(), ".cache"), "tsrun", kind));
}

/** What a build is made of, in a few characters. @param files whose content decides */
export function keyOf(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of [...files].sort()) hash.update(`${file}\0${readFileSync(file, "utf8")}\0`);
  return hash.digest("hex").slice(0, 12);
}

/** What is to be found in a cache, or built. */
export interface Build {
  /** In the report: "the VM's image". */
  readonly what: string;
  /** Its folder in the cache. */
  readonly home: string;
  /** Builds in an empty folder, for its home. @returns the folder that is to become its home */
  readonly make: (work: string, home: string) => string;
}

/** The build's folder. Makes it when it is missing, and removes from its cache what nobody wants any more. */
export function ensureBuilt(build: Build, report: (line: string) => void): string {
  const { home } = build;
  mkdirSync(dirname(home), { recursive: true });
  if (!existsSync(home)) makeBuild(build, report);
  const now = new Date();
  utimesSync(home, now, now);
  const folders = readdirSync(dirname(home)).map((name) => join(dirname(home), name));
  for (const path of folders.filter(isStale)) rmSync(path, { recursive: true, force: true });
  return home;
}

function makeBuild({ what, home, make }: Build, report: (line: string) => void): void {
  const started = Date.now();
  report(`building ${what} in ${home} (a minute)`);
  const work = join(dirname(home), `build-${process.pid}`);
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work);
  try {
    publish(make(work, home), home);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  report(`${what}: built in ${((Date.now() - started) / 1000).toFixed(0)} s`);
}

/** Moves what was made to its home. Two may have made it at once: the first one's is everybody's, the other's goes. */
export function publish(made: string, home: string): void {
  try {
    renameSync(made, home);
  } catch (error) {
    if (!existsSync(home)) throw error;
    rmSync(made, { recursive: true, force: true });
  }
}

/** Whether nobody wants a folder of the cache any more: a build whose process is gone, one that was unused for a month. */
function isStale(path: string): boolean {
  const builder = /^build-(\d+)$/.exec(basename(path))?.[1];
  if (builder !== undefined) return !existsSync(`/proc/${builder}`);
  return Date.now() - statSync(path).mtimeMs > MONTH_MS;
}
