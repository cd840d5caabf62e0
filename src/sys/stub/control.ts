import type { Memory } from "../memory.ts";
import { armParentDeath } from "../process.ts";
import { control, record } from "./protocol.ts";
import { writeRecord } from "./write-record.ts";

/** Records in a batch, at most. */
export const MAX_RECORDS = 512;

/**
 * How long a hand waits for a turn while its parent could die unheard: before its own first record has armed it
 * (PR_SET_PDEATHSIG), and where a batch fails between a change of credentials, which clears that, and its renewal.
 */
const DEADLINE_SECONDS = 10;

/**
 * A control block and room for two batches of records, in `memory`; the hand's waits are bounded. It has the turn already,
 * for one record in the first room: a parent that is killed at once is heard of.
 */
export function newControl(memory: Memory): [block: number, records: number] {
  const block = memory.keep(control.size + 16);
  const records = memory.keep(2 * MAX_RECORDS * record.size);
  memory.setAddress(deadlineOf(block), DEADLINE_SECONDS);
  memory.setAddress(block + control.timeout, deadlineOf(block));
  writeRecord(memory, records, armParentDeath);
  memory.setAddress(block + control.records, records);
  memory.setU32(block + control.count, 1);
  memory.setU32(block + control.turn, 1);
  return [block, records];
}

/** Address of a block's timespec for control.timeout. */
export function deadlineOf(block: number): number {
  return block + control.size;
}
