// Files of a cgroup as texts, for the parsers of src/cgroups.
import type { FileReader } from "../../src/cgroups/common/stat-files.ts";
import { StatFiles } from "../../src/cgroups/common/stat-files.ts";

/** Where the files of `files` seem to be. */
export const directory = "/cgroup";

/** Reads from texts by their path below `directory`, or by their whole path. */
export function reader(texts: Readonly<Record<string, string>>): FileReader {
  return (path) => texts[path] ?? texts[path.slice(directory.length + 1)];
}

/** A cgroup with these files. */
export function filesOf(texts: Readonly<Record<string, string>>): StatFiles {
  return new StatFiles(directory, reader(texts));
}
