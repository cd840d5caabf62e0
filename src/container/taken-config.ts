import type { Config } from "../oci/types.ts";
import { Fd } from "../sys/fd.ts";
import { O_CLOEXEC, O_RDONLY } from "../sys/files.ts";
import { tryFlock } from "../sys/flock.ts";
import { removeFile } from "../sys/host-directories.ts";
import { attemptOn, must, rereadText } from "../sys/host-files.ts";
import { local } from "../sys/local.ts";
import { poll } from "../sys/poll.ts";
import type { ContainerDirectory } from "./directory.ts";
import { isAt, pathIn } from "./held-config.ts";
import { configOf, within } from "./saved-config.ts";

const ENOENT = 2;
const EAGAIN = 11;

/** An `update` that has the configuration for longer hangs, or was stopped: it must not keep the container from going. */
const PATIENCE_MS = 2000;
const PAUSE_MS = 2;

/**
 * Takes the configuration away, for the one command that runs the poststop hooks: of several that delete a container at
 * once only one gets it. An `update` that is about to replace it is waited for: it would put it back. Opened before: the
 * others remove whatever is in the directory at any time.
 * @returns undefined when another has it. @throws TsrunError naming the file
 */
export function takeConfig(directory: ContainerDirectory): Config | undefined {
  const path = pathIn(directory);
  const text = within(path, () => {
    using file = openLocked(path);
    return file !== undefined && removeFile(path) ? rereadText(file.number, path) : undefined;
  });
  return text === undefined ? undefined : configOf(text, path);
}

/** The file that is at the path once nobody changes it, or when patience ends; undefined where there is none. */
function openLocked(path: string): Fd | undefined {
  for (let waited = 0; ; waited += PAUSE_MS) {
    const number = attemptOn(path, "openat", O_RDONLY | O_CLOEXEC);
    if (number === -ENOENT) return undefined;
    const file = new Fd(local, must(number, "open", path));
    const result = tryFlock(local, file, false);
    const isBusy = result === -EAGAIN || !isAt(path, file);
    if (!isBusy || waited >= PATIENCE_MS) return file;
    file[Symbol.dispose]();
    poll(local, [], PAUSE_MS);
  }
}
