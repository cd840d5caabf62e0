import { TsrunError } from "../base/errors.ts";
import { parseJsonExactly } from "../oci/exact-integers.ts";
import type { Config } from "../oci/types.ts";
import { O_CLOEXEC, O_RDONLY } from "../sys/files.ts";
import { removeFile } from "../sys/host-directories.ts";
import { attemptOn, closeFile, must, readText, rereadText } from "../sys/host-files.ts";
import type { ContainerDirectory } from "./directory.ts";

const ENOENT = 2;

/** The configuration as it was at create, when it was validated. @throws TsrunError naming the file */
export function savedConfig(directory: ContainerDirectory): Config {
  return readConfig(`${directory.path}/config.json`);
}

/**
 * Takes the configuration away, for the one command that runs the poststop hooks: of several that delete a container at
 * once only one gets it. Opened before: the others remove whatever is in the directory at any time.
 * @returns undefined when another has it. @throws TsrunError naming the file
 */
export function takeConfig(directory: ContainerDirectory): Config | undefined {
  const path = `${directory.path}/config.json`;
  const fd = attemptOn(path, "openat", O_RDONLY | O_CLOEXEC);
  if (fd === -ENOENT) return undefined;
  try {
    must(fd, "open", path);
    return removeFile(path) ? (parseJsonExactly(rereadText(fd, path)) as Config) : undefined;
  } catch (cause) {
    throw new TsrunError(`reading ${path}`, { cause });
  } finally {
    if (fd >= 0) closeFile(fd);
  }
}

function readConfig(path: string): Config {
  try {
    return parseJsonExactly(readText(path)) as Config;
  } catch (cause) {
    throw new TsrunError(`reading ${path}`, { cause });
  }
}
