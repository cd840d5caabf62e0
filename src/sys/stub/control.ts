import type { Memory } from "../memory.ts";
import { control, record } from "./protocol.ts";

/** Records in a batch, at most. */
export const MAX_RECORDS = 512;

/**
 * How long a hand waits for a turn while its parent could die unheard: before PR_SET_PDEATHSIG is in force, and between a
 * change of credentials, which clears it, and its renewal.
 */
const DEADLINE_SECONDS = 10;

/** A control block and room for two batches of records, in `memory`; the hand's waits are bounded. */
export function newControl(memory: Memory): [block: number, records: number] {
  const block = memory.keep(control.size + 16);
  memory.setAddress(deadlineOf(block), DEADLINE_SECONDS);
  memory.setAddress(block + control.timeout, deadlineOf(block));
  return [block, memory.keep(2 * MAX_RECORDS * record.size)];
}

/** Address of a block's timespec for control.timeout. */
export function deadlineOf(block: number): number {
  return block + control.size;
}
