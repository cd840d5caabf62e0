import { type Call, Executor } from "./executor.ts";
import { faults } from "./faults.ts";
import { syscall6 } from "./koffi.ts";
import { Memory } from "./memory.ts";
import { numberOf } from "./numbers.ts";

const EINTR = 4;
const SCRATCH = 1 << 20;
/** Calls whose caller must see EINTR: they wait, and the caller decides whether to go on. */
const interruptible: ReadonlySet<string> = new Set(["futex", "ppoll", "nanosleep", "wait4", "waitid"]);

class LocalExecutor extends Executor {
  #memory: Memory | undefined;
  #used = false;

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
    faults?.mayDie();
    const nr = numberOf(call.name);
    let result = syscall6(nr, call.args);
    while (result === -EINTR && !interruptible.has(call.name)) result = syscall6(nr, call.args);
    this.#used = true;
    return result;
  }

  flush(): void {
    // Nothing is ever queued: every call is carried out when it is made.
  }
}

/** The executor of this process. */
export const local: Executor = new LocalExecutor();
