import { TsrunError } from "../../base/errors.ts";
import type { Call } from "../executor.ts";
import { faults, NO_CALL } from "../faults.ts";
import type { Memory } from "../memory.ts";
import { numberOf } from "../numbers.ts";
import { isSlot } from "../slots.ts";
import { flag, record } from "./protocol.ts";
import type { Slots } from "./slots.ts";

/** What a record has beside its call. */
export interface RecordOptions {
  /** A set of `flag`. */
  readonly flags?: number;
  readonly extra?: number;
  /** Where the arguments that are slots find their values. */
  readonly slots?: Slots;
}

/** Writes a call as the record at an address. */
export function writeRecord(memory: Memory, address: number, call: Call, options: RecordOptions = {}): void {
  const { flags = 0, extra = 0, slots } = options;
  const { words } = memory;
  const at = memory.offset(address) / 4;
  let all = flags;
  for (let i = 0; i < 6; i++) {
    let argument = call.args[i] ?? 0;
    if (slots !== undefined && isSlot(argument)) {
      all |= flag.indirect[i] ?? refuseSlot(call);
      argument = slots.address(argument);
    }
    const place = at + record.args / 4 + 2 * i;
    words[place] = argument;
    words[place + 1] = argument >= 0 ? argument / 4294967296 : Math.floor(argument / 4294967296);
  }
  const fails = faults?.failsRecord(memory, call.name, call.optional === true) === true;
  words[at] = fails ? NO_CALL : numberOf(call.name);
  words[at + 1] = all;
  memory.setAddress(address + record.extra, extra);
}

function refuseSlot(call: Call): never {
  throw new TsrunError(`${call.name} takes a descriptor in its first three arguments only`);
}
