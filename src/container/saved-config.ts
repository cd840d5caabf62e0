import { TsrunError } from "../base/errors.ts";
import { parseJsonExactly } from "../oci/exact-integers.ts";
import type { Config } from "../oci/types.ts";
import { readText } from "../sys/host-files.ts";
import type { ContainerDirectory } from "./directory.ts";

/** The configuration as it was at create, when it was validated. @throws TsrunError naming the file */
export function savedConfig(directory: ContainerDirectory): Config {
  return readConfig(`${directory.path}/config.json`);
}

function readConfig(path: string): Config {
  try {
    return parseJsonExactly(readText(path)) as Config;
  } catch (cause) {
    throw new TsrunError(`reading ${path}`, { cause });
  }
}
