import { TsrunError } from "../base/errors.ts";
import type { Executor } from "./executor.ts";

/** An open descriptor in the process that an executor stands for; closed at the end of its scope (`using`). */
export class Fd implements Disposable {
  readonly #k: Executor;
  #number: number;

  constructor(k: Executor, number: number) {
    this.#k = k;
    this.#number = number;
  }

  /** What stands for the descriptor in calls of its executor (`Executor.open`). @throws TsrunError once it has been closed or handed over */
  get number(): number {
    if (this.#number < 0) throw new TsrunError("a closed descriptor was used");
    return this.#number;
  }

  /** Hands the descriptor over: the end of this scope no longer closes it. */
  take(): number {
    const { number } = this;
    this.#number = -1;
    return number;
  }

  [Symbol.dispose](): void {
    if (this.#number < 0) return;
    this.#k.close(this.#number);
    this.#number = -1;
  }
}
