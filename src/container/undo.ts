import { reasonOf } from "../base/errors.ts";
import { log } from "../base/log.ts";

/** What to take back, last first, when a scope ends before `keep` was called. */
export class Undo implements Disposable {
  #actions: (() => void)[] = [];

  push(action: () => void): void {
    this.#actions.push(action);
  }

  /** All has gone well: nothing is taken back. */
  keep(): void {
    this.#actions = [];
  }

  /** Every action is tried; what fails is a warning, as the error that brought us here says more. */
  [Symbol.dispose](): void {
    for (const action of this.#actions.reverse()) {
      try {
        action();
      } catch (error) {
        log.warn(`cleaning up: ${reasonOf(error)}`);
      }
    }
    this.#actions = [];
  }
}
