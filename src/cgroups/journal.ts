import { messageOf } from "../base/errors.ts";
import { log } from "../base/log.ts";
import { SyscallError } from "../sys/syscall-error.ts";
import { linesToPutBack } from "./previous.ts";
import { get, type Put, put } from "./write.ts";

/** A file that has been written, and what makes it what it was: one write(2) for each line. */
interface Entry {
  readonly path: string;
  readonly lines: readonly string[];
}

/**
 * Carries out writes that belong together. When one fails, the files written before it get back what they had, the last
 * first: each state on the way back is one that the kernel has let pass before.
 * @param action writes by the function that it is given
 * @throws what `action` throws; a file that can't be put back is a warning
 */
export function allOrNothing(action: (put: Put) => void): void {
  const journal: Entry[] = [];
  try {
    action((path, write) => {
      const text = read(path);
      put(path, write.value);
      if (text !== undefined) journal.push({ path, lines: linesToPutBack(write, text) });
    });
  } catch (error) {
    for (const entry of journal.reverse()) putBack(entry);
    throw error;
  }
}

/** The file's text; undefined where it cannot be read (write-only files): then nothing is known to put back. */
function read(path: string): string | undefined {
  try {
    return get(path);
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  }
}

function putBack({ path, lines }: Entry): void {
  try {
    for (const line of lines) put(path, line);
  } catch (error) {
    log.warn(`${path} could not be set back to ${JSON.stringify(lines.join("\n"))}: ${messageOf(error)}`);
  }
}
