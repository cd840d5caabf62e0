import { TsrunError } from "../base/errors.ts";
import { removeFile, renameFile } from "../sys/host-directories.ts";
import { createText } from "../sys/host-files.ts";

/**
 * Written beside its place and renamed: who waits for it never reads half a number. What is beside it already may be
 * another user's, who could follow it up by a number of their own.
 */
export function writePidFile(path: string, pid: number): void {
  try {
    removeFile(`${path}.new`);
    createText(`${path}.new`, String(pid), 0o644);
    renameFile(`${path}.new`, path);
  } catch (cause) {
    throw new TsrunError(`writing the pid file ${path}`, { cause });
  }
}
