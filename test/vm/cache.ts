// What accumulates beside the image in use.
import { existsSync, readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { basename, dirname, join } from "node:path";

const MONTH_MS = 30 * 24 * 3600 * 1000;

/** Whether nobody wants a folder of the cache any more: a build whose process is gone, an image unused for a month. */
function isStale(path: string): boolean {
  const builder = /^build-(\d+)$/.exec(basename(path))?.[1];
  if (builder !== undefined) return !existsSync(`/proc/${builder}`);
  return Date.now() - statSync(path).mtimeMs > MONTH_MS;
}

/** Takes note that an image is used, and removes what nobody wants any more from its cache. */
export function tidyCache(image: string): void {
  const now = new Date();
  utimesSync(image, now, now);
  const folders = readdirSync(dirname(image)).map((name) => join(dirname(image), name));
  for (const path of folders.filter(isStale)) rmSync(path, { recursive: true, force: true });
}
