import { log } from "../../base/log.ts";
import { effectiveUid } from "../../base/own-process.ts";
import { AT_FDCWD, stat } from "../../sys/files.ts";
import { listDirectory } from "../../sys/host-directories.ts";
import { readText } from "../../sys/host-files.ts";
import { local } from "../../sys/local.ts";
import { isErrno } from "../../sys/syscall-error.ts";
import type { ContainerDirectory } from "../directory.ts";
import { isId } from "../id.ts";
import type { RuntimeOptions } from "../options.ts";
import { isRecord } from "../record.ts";
import type { Heap } from "./leftover.ts";

/** All that a container's directory can hold, but for what makes it a container. */
const ownNames: ReadonlySet<string> = new Set([
  "state.json.new",
  "config.json.new",
  "go",
  "result",
  "last",
  "notify",
]);
/** Permissions that a container's directory has at most. */
const MODE = 0o711;

const reason = "it has no record, and nobody holds it: who made or deleted it was killed";

/**
 * The directory of a container that is held and has no record: `create` was killed before it wrote one, and has made
 * nothing else by then, or `delete` after it had removed it, with all else gone before. Such a directory can be empty, as
 * any other; so it goes only from where there is nothing but containers, lest a wrong --root costs somebody else's.
 */
export function halfRemoved({ root }: RuntimeOptions, directory: ContainerDirectory, id: string): Heap[] {
  if (directory.has("config.json")) {
    log.warn(`container ${id} stays: it has lost its record; delete --force removes what is left`);
    return [];
  }
  const stranger = strangerIn(root);
  if (stranger !== undefined) {
    log.warn(`${directory.path} stays: ${root} is not tsrun's alone, as ${stranger} shows`);
    return [];
  }
  return [
    {
      leftovers: [{ kind: "container", path: directory.path, container: id, reason }],
      remove: () => directory.remove(),
    },
  ];
}

/** Something in a directory that is no container's and no other thing of ours. */
function strangerIn(root: string): string | undefined {
  const entries = listDirectory(root).filter(({ name }) => !name.startsWith("."));
  return entries.find(({ name, isDirectory }) => !(isDirectory && isId(name) && isOurs(`${root}/${name}`)))
    ?.name;
}

/** What has gone meanwhile was a container's. */
function isOurs(path: string): boolean {
  try {
    return looksOurs(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return true;
    throw error;
  }
}

function looksOurs(path: string): boolean {
  const { uid, mode } = stat(local, AT_FDCWD, path);
  if (uid !== effectiveUid() || (mode & 0o7777 & ~MODE) !== 0) return false;
  const names = listDirectory(path).map(({ name }) => name);
  if (names.includes("state.json")) return isRecord(readText(`${path}/state.json`));
  return names.every((name) => ownNames.has(name) || name === "config.json");
}
