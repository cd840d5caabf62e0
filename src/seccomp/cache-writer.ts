import { lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { messageOf, TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { S_IFDIR } from "../sys/files.ts";
import { compose, isOwn } from "./cache.ts";
import type { CompiledFilter } from "./filter.ts";

/** Filters that are kept; the containers of a host seldom have more than a handful of profiles. */
const MAX_FILTERS = 64;
/** A filter, or the draft of one: its writer's id follows. */
export const named = /^[0-9a-f]{64}(?:\.(\d+))?$/;

/**
 * Keeps a filter for `loadFilter`. It never fails: what cannot be kept is compiled again.
 * @param directory ours alone; made where it is missing and its parent exists
 */
export function storeFilter(directory: string, name: string, filter: CompiledFilter): void {
  try {
    makeDirectory(directory);
    write(`${directory}/${name}`, compose(name, filter));
    trim(directory);
  } catch (error) {
    log.debug(`the seccomp filter is not kept: ${messageOf(error)}`);
  }
}

function makeDirectory(directory: string): void {
  if (lstatSync(directory, { throwIfNoEntry: false }) === undefined) mkdirSync(directory, { mode: 0o700 });
  if (!isOwn(lstatSync(directory), S_IFDIR | 0o700)) throw new TsrunError(`${directory} is not ours alone`);
}

/** Beside its place, then renamed: nobody reads half a file. */
function write(path: string, file: Uint8Array): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, file, { mode: 0o600, flag: "wx" });
  renameSync(draft, path);
}

/** Removes the oldest, drafts of writers that were killed among them; nothing that no writer has named. */
function trim(directory: string): void {
  const names = readdirSync(directory).filter((name) => named.test(name));
  if (names.length <= MAX_FILTERS) return;
  const files = names.map((name) => {
    const path = `${directory}/${name}`;
    return { path, time: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
  files.sort((a, b) => a.time - b.time);
  for (const { path } of files.slice(0, -MAX_FILTERS)) rmSync(path, { force: true });
}
