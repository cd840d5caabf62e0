import { TsrunError } from "../base/errors.ts";
import type { Config } from "../oci/types.ts";
import type { LastFailure } from "./gate.ts";

/** The error of a record of init's last batch that failed, with what is really missing where it was the program. */
export function explainFailure(config: Config, { stage, pointer, error }: LastFailure): TsrunError {
  if (error.syscall !== "execve") return new TsrunError(stage, { cause: error, pointer });
  const name = config.process?.args?.[0] ?? "";
  return new TsrunError(`exec ${JSON.stringify(name)}`, { cause: error, pointer: "/process/args/0" });
}
