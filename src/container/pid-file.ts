import { TsrunError } from "../base/errors.ts";
import { placeText } from "../sys/draft.ts";

/** Who waits for the file never reads half a number. @throws TsrunError naming the file */
export function writePidFile(path: string, pid: number): void {
  try {
    placeText(path, String(pid), 0o644);
  } catch (cause) {
    throw new TsrunError(`writing the pid file ${path}`, { cause });
  }
}
