import { readdirSync } from "node:fs";
import { containerTexts, messageOf, reasonOf, TsrunError } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { isNodeErrno } from "../base/node-error.ts";
import { ContainerDirectory } from "./directory.ts";
import type { RuntimeOptions } from "./options.ts";
import { documentOf, type StateDocument } from "./state.ts";

/** All containers below --root, by id. One that cannot be read is a warning; the others are listed. */
export function list(options: RuntimeOptions): StateDocument[] {
  return containerIds(options).flatMap((id) => {
    try {
      const directory = ContainerDirectory.of(options, id);
      return [documentOf(directory, directory.read())];
    } catch (error) {
      // A container that is being made or deleted at this moment has no record.
      if (messageOf(error) !== containerTexts.notExist) log.warn(`load container ${id}: ${reasonOf(error)}`);
      return [];
    }
  });
}

/** Ids of all containers below --root, ascending. What begins with a dot is none (id.ts), but kept beside them. */
export function containerIds({ root }: RuntimeOptions): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => name)
      .sort();
  } catch (cause) {
    if (isNodeErrno(cause, "ENOENT")) return [];
    throw new TsrunError(`reading the directory of containers ${root}`, { cause });
  }
}
