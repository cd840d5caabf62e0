import { TsrunError } from "../base/errors.ts";
import { parseJsonExactly } from "../oci/exact-integers.ts";
import type { Config } from "../oci/types.ts";
import { renameFile } from "../sys/host-directories.ts";
import { readText } from "../sys/host-files.ts";
import { isErrno } from "../sys/syscall-error.ts";
import type { ContainerDirectory } from "./directory.ts";

/** The configuration as it was at create, when it was validated. @throws TsrunError naming the file */
export function savedConfig(directory: ContainerDirectory): Config {
  return readConfig(`${directory.path}/config.json`);
}

/**
 * Takes the configuration away, for the one command that runs the poststop hooks: of several that delete a container at
 * once only one gets it. @returns undefined when another has it. @throws TsrunError naming the file
 */
export function takeConfig(directory: ContainerDirectory): Config | undefined {
  const taken = `${directory.path}/config.json.deleting`;
  try {
    renameFile(`${directory.path}/config.json`, taken);
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return undefined;
    throw new TsrunError(`renaming ${directory.path}/config.json`, { cause });
  }
  return readConfig(taken);
}

function readConfig(path: string): Config {
  try {
    return parseJsonExactly(readText(path)) as Config;
  } catch (cause) {
    throw new TsrunError(`reading ${path}`, { cause });
  }
}
