import * as original from "../../../../src/sys/memory.ts";
import { isOut } from "../is-out.ts";
import { wrapped } from "../wrapped.ts";

export * from "../../../../src/sys/memory.ts";

/** Without the defence, texts have lengths of 16 bits. */
export class Memory extends original.Memory {
  override string(text: string): number {
    return super.string(isOut("lengths") ? text.slice(0, wrapped(text.length)) : text);
  }
}
