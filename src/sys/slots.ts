/** No argument is as large: addresses end below 2^48. A double still holds it exactly. */
const BASE = 2 ** 52;

/** How many slots an executor has. */
export const SLOTS = 128;

/** The slot of an index below SLOTS, as it stands in arguments. */
export function slotAt(index: number): number {
  return BASE + index;
}

/** The index of a slot. */
export function slotIndex(slot: number): number {
  return slot - BASE;
}

/** Whether an argument stands for a slot: the place where a call stores a descriptor for the calls after it. */
export function isSlot(argument: number): boolean {
  return argument >= BASE && argument < BASE + SLOTS;
}
