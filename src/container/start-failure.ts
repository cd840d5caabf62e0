import { TsrunError } from "../base/errors.ts";
import { execFailure, programPath } from "../init/exec-failure.ts";
import { filesBelow, type LookAt } from "../init/program-files.ts";
import type { Config } from "../oci/types.ts";
import type { Fd } from "../sys/fd.ts";
import { local } from "../sys/local.ts";
import type { LastFailure } from "./gate.ts";

/** The error of a record of init's last batch that failed, with what is really missing where it was the program. */
export function explainFailure(
  { process }: Config,
  { stage, pointer, error }: LastFailure,
  root: Fd | undefined,
): TsrunError {
  if (error.syscall !== "execve" || process === undefined)
    return new TsrunError(stage, { cause: error, pointer });
  const look: LookAt = root === undefined ? () => undefined : filesBelow(local, root.number);
  return execFailure(programPath(process, look), error.errno, look);
}
