import { range } from "../../base/range.ts";
import type { Memory } from "../memory.ts";
import { SLOTS, slotAt, slotIndex } from "../slots.ts";

/** The slots of one hand. A descriptor that is not known yet is used through its slot, without waiting for its number. */
export class Slots {
  readonly #memory: Memory;
  readonly #start: number;
  readonly #free: number[] = range(0, SLOTS - 1).map(slotAt);
  /** Closed by a record that has not been carried out. */
  #released: number[] = [];

  constructor(memory: Memory) {
    this.#memory = memory;
    this.#start = memory.keep(SLOTS * 8);
  }

  /** A slot that nothing uses, holding -1; undefined when there is none. */
  take(): number | undefined {
    const slot = this.#free.pop();
    if (slot !== undefined) this.#memory.setAddress(this.address(slot), -1);
    return slot;
  }

  /** Gives a slot back once the records posted so far have been carried out. */
  release(slot: number): void {
    this.#released.push(slot);
  }

  /** All records have been carried out. */
  reclaim(): void {
    if (this.#released.length === 0) return;
    this.#free.push(...this.#released);
    this.#released = [];
  }

  /** Address of the slot's value. */
  address(slot: number): number {
    return this.#start + slotIndex(slot) * 8;
  }
}
