import type { Memory } from "../memory.ts";

/** No argument is as large: addresses end below 2^48. A double still holds it exactly. */
const BASE = 2 ** 52;
const COUNT = 128;

/** Whether an argument stands for a slot: the place where a record stores a descriptor for the records after it. */
export function isSlot(argument: number): boolean {
  return argument >= BASE && argument < BASE + COUNT;
}

/** The slots of one hand. A descriptor that is not known yet is used through its slot, without waiting for its number. */
export class Slots {
  readonly #start: number;
  readonly #free: number[] = Array.from({ length: COUNT }, (_, index) => BASE + index);
  /** Closed by a record that has not been carried out. */
  #released: number[] = [];

  constructor(memory: Memory) {
    this.#start = memory.keep(COUNT * 8);
  }

  /** A slot that nothing uses; undefined when there is none. */
  take(): number | undefined {
    return this.#free.pop();
  }

  /** Gives a slot back once the records posted so far have been carried out. */
  release(slot: number): void {
    this.#released.push(slot);
  }

  /** All records have been carried out. */
  reclaim(): void {
    this.#free.push(...this.#released);
    this.#released = [];
  }

  /** Address of the slot's value. */
  address(slot: number): number {
    return this.#start + (slot - BASE) * 8;
  }
}
