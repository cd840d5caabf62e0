import { containerTexts, TsrunError } from "../base/errors.ts";
import { stringifyExactly } from "../oci/exact-integers.ts";
import type { Config } from "../oci/types.ts";
import type { Fd } from "../sys/fd.ts";
import { AT_FDCWD, fstat, O_RDONLY, openat } from "../sys/files.ts";
import { tryFlock } from "../sys/flock.ts";
import { inodeOf } from "../sys/host-files.ts";
import { local } from "../sys/local.ts";
import { isErrno, SyscallError } from "../sys/syscall-error.ts";
import type { ContainerDirectory } from "./directory.ts";
import { savedConfig } from "./saved-config.ts";

/**
 * A container's configuration in the hands of one command that changes it: another one waits, and then sees the change.
 * It is the file that is locked: the lock on the directory is held by commands that run hooks, which may call for an
 * update themselves.
 */
export class HeldConfig implements Disposable {
  readonly config: Config;
  readonly #directory: ContainerDirectory;
  readonly #file: Fd;

  private constructor(directory: ContainerDirectory, file: Fd) {
    this.#directory = directory;
    this.#file = file;
    this.config = savedConfig(directory);
  }

  /** Waits for whoever has it. @throws TsrunError `container does not exist`, when it was deleted meanwhile */
  static hold(directory: ContainerDirectory): HeldConfig {
    const path = pathIn(directory);
    for (;;) {
      const file = open(path);
      const result = tryFlock(local, file, true);
      // Another update has put its own file there: this one is nobody's any more.
      if (result === 0 && isAt(path, file)) return new HeldConfig(directory, file);
      file[Symbol.dispose]();
      if (result < 0) throw new SyscallError("flock", -result, JSON.stringify(path));
    }
  }

  /** Carries out an action while no command changes the configuration. @returns whether none does */
  static whileFree(directory: ContainerDirectory, action: () => void): boolean {
    const path = pathIn(directory);
    using file = open(path);
    const result = tryFlock(local, file, false);
    if (result !== 0 || !isAt(path, file)) return false;
    action();
    return true;
  }

  /**
   * Replaces the configuration by one that `action` makes true; a disk that has no room for it is known before.
   * @param action is given what puts it in its place, `container does not exist` where `delete` has taken the old one away
   */
  save(config: Config, action: (place: () => void) => void): void {
    using draft = this.#directory.draft("config.json", stringifyExactly(config));
    action(() => {
      if (!isAt(pathIn(this.#directory), this.#file)) throw new TsrunError(containerTexts.notExist);
      draft.place();
    });
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** Where a container's configuration is. */
export function pathIn({ path }: ContainerDirectory): string {
  return `${path}/config.json`;
}

/** Whether an open file is the one that is at a path now. */
export function isAt(path: string, file: Fd): boolean {
  return inodeOf(path) === fstat(local, file.number).ino;
}

function open(path: string): Fd {
  try {
    return openat(local, AT_FDCWD, path, O_RDONLY);
  } catch (cause) {
    if (isErrno(cause, "ENOENT")) throw new TsrunError(containerTexts.notExist);
    throw cause;
  }
}
