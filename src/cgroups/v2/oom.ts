import { TsrunError } from "../../base/errors.ts";
import { directoryOf } from "../../base/path.ts";
import { O_RDONLY } from "../../sys/files.ts";
import { closeFile, openFile, rereadText } from "../../sys/host-files.ts";
import { type Interest, POLLPRI } from "../../sys/poll.ts";
import { isErrno } from "../../sys/syscall-error.ts";
import { noMemoryController } from "../common/oom.ts";
import type { OomWatch } from "../manager.ts";
import { get } from "../write.ts";

/**
 * Watches memory.events, which the kernel says has changed (cgroup-v2.rst), for kills.
 * @throws TsrunError where the cgroup has no memory controller, in runc's words
 */
export function watchOom(directory: string | undefined): OomWatch {
  const fd = directory === undefined ? undefined : openWhereKept(`${directory}/memory.events`);
  if (directory === undefined || fd === undefined) throw noMemoryController();
  return new KillWatch(directory, fd);
}

/** The file changes at other events, too: what counts is a number that has grown. */
class KillWatch implements OomWatch {
  readonly #fd: number;
  readonly #path: string;
  readonly #pathAbove: string;
  #known = 0;
  #knownAbove = 0;
  #isGone = false;

  constructor(directory: string, fd: number) {
    this.#fd = fd;
    this.#path = `${directory}/memory.events`;
    this.#pathAbove = `${directoryOf(directory)}/memory.events`;
    this.happened();
  }

  /** A removed cgroup's file would be ready for ever. */
  get interest(): Interest {
    return { fd: this.#isGone ? -1 : this.#fd, events: POLLPRI };
  }

  /**
   * With its last process systemd removes a scope at once, maybe before anybody looks. The cgroup above has counted the
   * kill, too; not more than the moment since the last look, which each event is cause for, is in doubt.
   */
  happened(): boolean {
    const [kills, above] = [this.#kills(), killsWhereKept(this.#pathAbove)];
    const grew = kills === undefined ? !this.#isGone && above > this.#knownAbove : kills > this.#known;
    this.#isGone = kills === undefined;
    this.#known = kills ?? this.#known;
    this.#knownAbove = above;
    return grew;
  }

  /** Undefined once the cgroup is gone: then its file answers ENODEV. */
  #kills(): number | undefined {
    try {
      return killsIn(rereadText(this.#fd, this.#path));
    } catch (error) {
      if (isErrno(error, "ENODEV")) return undefined;
      throw error;
    }
  }

  [Symbol.dispose](): void {
    closeFile(this.#fd);
  }
}

function openWhereKept(path: string): number | undefined {
  try {
    return openFile(path, O_RDONLY);
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) return undefined;
    throw new TsrunError("watching for processes killed for want of memory", { cause });
  }
}

/** The root cgroup has no such file. */
function killsWhereKept(path: string): number {
  try {
    return killsIn(get(path));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return 0;
    throw error;
  }
}

function killsIn(text: string): number {
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? "0");
}
