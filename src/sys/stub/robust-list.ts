import { lazy } from "../../base/lazy.ts";
import { local } from "../local.ts";
import type { Memory } from "../memory.ts";
import { control, turnFromEntry } from "./protocol.ts";

/** struct robust_list_head: the first entry, futex_offset, an entry that is being added or removed (none). */
const HEAD_SIZE = 24;

/** A control block, in a mapping of its own. */
interface Entry {
  readonly memory: Memory;
  readonly address: number;
}

/**
 * The robust list of this thread (set_robust_list(2)): the kernel goes through it when the thread ends, however it does, and
 * tells those who wait for one of its futexes. glibc's, which this takes the place of, serves mutexes between processes that
 * the engine has none of. Where the kernel or a filter refuses the list a hand still dies with its parent (PR_SET_PDEATHSIG).
 */
class RobustList {
  readonly #head = local.memory.keep(HEAD_SIZE);
  #entries: Entry[] = [];

  constructor() {
    const { memory } = local;
    memory.setAddress(this.#head, this.#head);
    memory.setAddress(this.#head + 8, turnFromEntry);
    local.attempt({ name: "set_robust_list", args: [this.#head, HEAD_SIZE] });
  }

  /** Adds a control block whose turn holds this thread's id. */
  add(memory: Memory, block: number): void {
    this.#entries.push({ memory, address: block + control.entry });
    this.#link();
  }

  /** Removes all of a mapping that is about to go. */
  remove(memory: Memory): void {
    this.#entries = this.#entries.filter((entry) => entry.memory !== memory);
    this.#link();
  }

  /** From the last to the first: at any moment the list leads to what is there, and ends. */
  #link(): void {
    let next = this.#head;
    for (const { memory, address } of this.#entries) {
      memory.setAddress(address, next);
      next = address;
    }
    local.memory.setAddress(this.#head, next);
  }
}

/** That of the thread that clones hands. */
export const robustList = lazy(() => new RobustList());
