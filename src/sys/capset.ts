import type { Executor } from "./executor.ts";

const VERSION_3 = 0x20080522;
const HEADER_SIZE = 8;
const DATA_SIZE = 24;
const LOW = 0xffffffffn;

/** A thread's capability sets, bit n for capability n (capabilities(7)). */
export interface CapabilitySets {
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
}

/** capset(2) of the calling thread, queued. */
export function capset(k: Executor, sets: CapabilitySets): void {
  const { memory } = k;
  const header = memory.alloc(HEADER_SIZE + DATA_SIZE);
  memory.setU32(header, VERSION_3);
  const fields = [sets.effective, sets.permitted, sets.inheritable];
  fields.forEach((set, index) => {
    memory.setU32(header + HEADER_SIZE + index * 4, Number(set & LOW));
    memory.setU32(header + HEADER_SIZE + 12 + index * 4, Number(set >> 32n));
  });
  const [effective, permitted, inheritable] = fields.map((set) => `0x${set.toString(16)}`);
  const subject = `effective ${effective}, permitted ${permitted}, inheritable ${inheritable}`;
  k.queue({ name: "capset", args: [header, header + HEADER_SIZE], subject });
}

/** capget(2) of the calling thread. */
export function capget(k: Executor): CapabilitySets {
  const { memory } = k;
  const header = memory.alloc(HEADER_SIZE + DATA_SIZE);
  memory.setU32(header, VERSION_3);
  k.call({ name: "capget", args: [header, header + HEADER_SIZE], subject: "of this process" });
  const word = (index: number): bigint => BigInt(memory.getU32(header + HEADER_SIZE + index * 4));
  const set = (index: number): bigint => word(index) | (word(index + 3) << 32n);
  return { effective: set(0), permitted: set(1), inheritable: set(2) };
}
