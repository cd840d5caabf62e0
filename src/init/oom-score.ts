import { TsrunError } from "../base/errors.ts";
import { readProc, writeProc } from "../sys/host-proc.ts";

const EACCES_TEXT = "the caller may not lower it without CAP_SYS_RESOURCE";

/** The parent writes it while the process is dumpable: afterwards its files in /proc belong to the host's root. */
export function adjustOomScore(pid: number, score: number | undefined): void {
  if (score === undefined) return;
  const path = `${pid}/oom_score_adj`;
  try {
    writeProc(path, String(score));
  } catch (cause) {
    // What it has already need not be written.
    if (Number(readProc(path)) === score) return;
    throw new TsrunError(`setting oom_score_adj to ${score}`, {
      cause,
      pointer: "/process/oomScoreAdj",
      hint: EACCES_TEXT,
    });
  }
}
