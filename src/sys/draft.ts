import { Fd } from "./fd.ts";
import { fstat, O_CLOEXEC, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, S_IFMT, S_IFREG } from "./files.ts";
import { removeFile, renameFile } from "./host-directories.ts";
import { attemptOn, createText, rereadText } from "./host-files.ts";
import { local } from "./local.ts";

/** Where a draft lies. */
const beside = (path: string): string => `${path}.new`;

/**
 * A file that is written beside its place and renamed there: nobody ever reads half of it, and a disk that is full is known
 * before anything depends on it.
 */
export class Draft implements Disposable {
  readonly #path: string;
  #isPlaced = false;

  /** Replaces what lies beside the place: it may be another user's, who could read along or change it. @throws SyscallError */
  constructor(path: string, text: string, mode: number) {
    this.#path = path;
    removeFile(beside(path));
    try {
      createText(beside(path), text, mode);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** Takes the place. @throws SyscallError */
  place(): void {
    renameFile(beside(this.#path), this.#path);
    this.#isPlaced = true;
  }

  /** What has not been placed would take room on a disk that is full. */
  [Symbol.dispose](): void {
    if (!this.#isPlaced) attemptOn(beside(this.#path), "unlinkat", 0);
  }
}

/** Writes a file, or replaces it, by a draft. @throws SyscallError */
export function placeText(path: string, text: string, mode: number): void {
  using draft = new Draft(path, text, mode);
  draft.place();
}

/**
 * Removes the draft of a writer that was killed: a file with this text, or none yet. Whatever else has the name by now is
 * somebody's. @returns whether there was one. @throws SyscallError
 */
export function removeDraft(path: string, text: string): boolean {
  const result = attemptOn(beside(path), "openat", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (result < 0) return false;
  using file = new Fd(local, result);
  const { mode, size } = fstat(local, file.number);
  if ((mode & S_IFMT) !== S_IFREG || size > text.length) return false;
  const found = rereadText(file.number, beside(path));
  return (found === "" || found === text) && removeFile(beside(path));
}
