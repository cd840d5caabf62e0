import { readFileSync } from "node:fs";
import { TsrunError } from "../base/errors.ts";
import type { Config } from "../oci/types.ts";
import type { ContainerDirectory } from "./directory.ts";

/** The configuration as it was at create, when it was validated. @throws TsrunError naming the file */
export function savedConfig(directory: ContainerDirectory): Config {
  const path = `${directory.path}/config.json`;
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Config;
  } catch (cause) {
    throw new TsrunError(`reading ${path}`, { cause });
  }
}
