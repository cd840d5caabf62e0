import { reasonOf, TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { placeText, removeDraft } from "../sys/draft.ts";

/** Who waits for the file never reads half a number. @throws TsrunError naming the file */
export function writePidFile(path: string, pid: number): void {
  try {
    placeText(path, String(pid), 0o644);
  } catch (cause) {
    throw new TsrunError(`writing the pid file ${path}`, { cause });
  }
}

/** Removes the half of it that a create has left which was killed meanwhile. */
export function removePidDraft(path: string, pid: number): void {
  try {
    removeDraft(path, String(pid));
  } catch (error) {
    log.warn(`removing the draft of the pid file ${path}: ${reasonOf(error)}`);
  }
}
