import { type Call, Executor } from "./executor.ts";
import { faults } from "./faults.ts";
import { syscall6 } from "./koffi.ts";
import { Memory } from "./memory.ts";
import { numberOf } from "./numbers.ts";
import { isSlot, slotAt, slotIndex } from "./slots.ts";

const EINTR = 4;
const SCRATCH = 1 << 20;
/** Calls whose caller must see EINTR: they wait, and the caller decides whether to go on. */
const interruptible: ReadonlySet<string> = new Set(["futex", "ppoll"]);

class LocalExecutor extends Executor {
  #memory: Memory | undefined;
  #used = false;
  /** What the slots hold; undefined where one is free. */
  readonly #values: (number | undefined)[] = [];

  get memory(): Memory {
    this.#memory ??= new Memory(SCRATCH);
    if (this.#used) {
      this.#memory.recycle();
      this.#used = false;
    }
    return this.#memory;
  }

  queue(call: Call): void {
    if (call.optional === true) this.attempt(call);
    else this.call(call);
  }

  attempt(call: Call): number {
    faults?.mayDie(call.name);
    const nr = numberOf(call.name);
    const args = call.args.some(isSlot) ? call.args.map((argument) => this.#valueOf(argument)) : call.args;
    let result = syscall6(nr, args);
    while (result === -EINTR && !interruptible.has(call.name)) result = syscall6(nr, args);
    if (call.store !== undefined && result >= 0) this.#values[slotIndex(call.store)] = result;
    this.#used = true;
    return result;
  }

  newSlot(): number {
    const index = this.#values.indexOf(undefined);
    this.#values[index < 0 ? this.#values.length : index] = -1;
    return slotAt(index < 0 ? this.#values.length - 1 : index);
  }

  freeSlot(slot: number): void {
    this.#values[slotIndex(slot)] = undefined;
  }

  #valueOf(argument: number): number {
    return isSlot(argument) ? (this.#values[slotIndex(argument)] ?? -1) : argument;
  }

  flush(): void {
    // Nothing is ever queued: every call is carried out when it is made.
  }
}

/** The executor of this process. */
export const local: Executor = new LocalExecutor();
