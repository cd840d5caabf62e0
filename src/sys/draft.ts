import { removeFile, renameFile } from "./host-directories.ts";
import { attemptOn, createText } from "./host-files.ts";

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
    removeFile(this.#beside);
    try {
      createText(this.#beside, text, mode);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  get #beside(): string {
    return `${this.#path}.new`;
  }

  /** Takes the place. @throws SyscallError */
  place(): void {
    renameFile(this.#beside, this.#path);
    this.#isPlaced = true;
  }

  /** What has not been placed would take room on a disk that is full. */
  [Symbol.dispose](): void {
    if (!this.#isPlaced) attemptOn(this.#beside, "unlinkat", 0);
  }
}

/** Writes a file, or replaces it, by a draft. @throws SyscallError */
export function placeText(path: string, text: string, mode: number): void {
  using draft = new Draft(path, text, mode);
  draft.place();
}
