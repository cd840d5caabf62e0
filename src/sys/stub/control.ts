import type { Memory } from "../memory.ts";
import { armParentDeath } from "../process.ts";
import { control, record } from "./protocol.ts";
import { robustList } from "./robust-list.ts";
import { writeRecord } from "./write-record.ts";

/** Records in a batch, at most. */
export const MAX_RECORDS = 512;

/**
 * A control block and room for two batches of records, in `memory`. It has the turn already, for one record in the first room;
 * and the kernel tells it when this thread dies, from before it is there (robust-list.ts).
 */
export function newControl(memory: Memory): [block: number, records: number] {
  const block = memory.keep(control.size);
  const records = memory.keep(2 * MAX_RECORDS * record.size);
  writeRecord(memory, records, armParentDeath);
  memory.setAddress(block + control.records, records);
  memory.setU32(block + control.count, 1);
  memory.setU32(block + control.turn, process.pid);
  robustList().add(memory, block);
  return [block, records];
}
