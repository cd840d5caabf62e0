import { containerTexts, messageOf, TsrunError } from "../base/errors.ts";
import { Draft } from "../sys/draft.ts";
import type { Fd } from "../sys/fd.ts";
import { AT_FDCWD, fstat, O_DIRECTORY, O_RDONLY, openat } from "../sys/files.ts";
import { tryFlock } from "../sys/flock.ts";
import { makeDirectories, makeDirectory, removeTree } from "../sys/host-directories.ts";
import { exists, inodeOf, readText } from "../sys/host-files.ts";
import { local } from "../sys/local.ts";
import { isErrno, SyscallError } from "../sys/syscall-error.ts";
import { checkId } from "./id.ts";
import type { RuntimeOptions } from "./options.ts";
import { type ContainerRecord, parseRecord, recordText } from "./record.ts";

const EAGAIN = 11;

/** A new container's directory, held by whoever makes it. */
export interface Claimed {
  readonly directory: ContainerDirectory;
  readonly lock: Disposable;
}

/**
 * A container's directory below --root:
 *   state.json   the record, replaced by rename
 *   config.json  the configuration as it was at create: later changes of the bundle's have no effect (runtime-spec)
 *   go, result   FIFOs between `start` and the waiting init; there until the container has started
 */
export class ContainerDirectory {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Makes the directory of a new container and holds it. Until it is held it looks like one whose creator has died, which
   * `gc` removes: then it is made again.
   * @throws TsrunError when the id is taken or malformed
   */
  static claim(options: RuntimeOptions, id: string): Claimed {
    checkId(id);
    makeRoot(options.root);
    const directory = new ContainerDirectory(`${options.root}/${id}`);
    for (;;) {
      if (!makeNew(directory.path)) {
        throw new TsrunError(containerTexts.exists, { hint: `delete ${id} first` });
      }
      const lock = directory.#lockNew();
      if (lock !== undefined) return { directory, lock };
    }
  }

  /** The directory of an existing container. @throws TsrunError when the id is malformed */
  static of(options: RuntimeOptions, id: string): ContainerDirectory {
    checkId(id);
    return new ContainerDirectory(`${options.root}/${id}`);
  }

  /** The record. @throws TsrunError `container does not exist`, or naming the damaged file */
  read(): ContainerRecord {
    const path = `${this.path}/state.json`;
    let text: string;
    try {
      text = readText(path);
    } catch (cause) {
      if (isErrno(cause, "ENOENT", "ENOTDIR")) throw new TsrunError(containerTexts.notExist);
      throw new TsrunError(`reading ${path}`, { cause });
    }
    return parseRecord(text, path);
  }

  /** Replaces the record; nobody ever sees half of it. */
  write(record: ContainerRecord): void {
    this.writeFile("state.json", recordText(record));
  }

  /** Writes a file of the directory beside its place and renames it there. @throws TsrunError naming it */
  writeFile(name: string, text: string): void {
    using draft = this.draft(name, text);
    this.#writing(name, () => draft.place());
  }

  /** A file of the directory that is to take its place later. @throws TsrunError naming it */
  draft(name: string, text: string): Draft {
    return this.#writing(name, () => new Draft(`${this.path}/${name}`, text, 0o600));
  }

  #writing<T>(name: string, action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw new TsrunError(`writing ${this.path}/${name}`, { cause });
    }
  }

  /**
   * Holds the container for one command. A process that dies lets go of it (flock(2)).
   * @returns undefined when another command holds it and `wait` is false
   * @throws TsrunError `container does not exist`, when it was deleted meanwhile
   */
  lock(wait: boolean): Disposable | undefined {
    const fd = this.#open();
    try {
      const result = tryFlock(local, fd, wait);
      if (result === 0 && this.#isHere(fd)) return fd;
      if (result === 0) throw new TsrunError(containerTexts.notExist);
      if (result !== -EAGAIN) throw new SyscallError("flock", -result, JSON.stringify(this.path));
    } catch (error) {
      fd[Symbol.dispose]();
      throw error;
    }
    fd[Symbol.dispose]();
    return undefined;
  }

  /** @returns undefined when the directory has been removed meanwhile */
  #lockNew(): Disposable | undefined {
    try {
      return this.lock(true);
    } catch (error) {
      if (messageOf(error) === containerTexts.notExist) return undefined;
      this.remove();
      throw error;
    }
  }

  #open(): Fd {
    try {
      return openat(local, AT_FDCWD, this.path, O_RDONLY | O_DIRECTORY);
    } catch (cause) {
      if (isErrno(cause, "ENOENT")) throw new TsrunError(containerTexts.notExist);
      throw cause;
    }
  }

  /** The directory of this name may be another container's by now. */
  #isHere(fd: Fd): boolean {
    return inodeOf(this.path) === fstat(local, fd.number).ino;
  }

  /** Whether it has a file of this name. */
  has(name: string): boolean {
    return exists(`${this.path}/${name}`);
  }

  /** Removes the directory and all in it. */
  remove(): void {
    removeTree(this.path);
  }
}

function makeRoot(path: string): void {
  try {
    makeDirectories(path, 0o711);
  } catch (cause) {
    const hint = "set --root, or XDG_RUNTIME_DIR, to a directory of this user's";
    const mayNot = isErrno(cause, "EACCES", "EROFS");
    throw new TsrunError(`creating the directory of containers ${path}`, {
      cause,
      ...(mayNot ? { hint } : {}),
    });
  }
}

function makeNew(path: string): boolean {
  try {
    return makeDirectory(path, 0o711);
  } catch (cause) {
    throw new TsrunError(`creating the container's directory ${path}`, { cause });
  }
}
