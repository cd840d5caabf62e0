import { TsrunError } from "../base/errors.ts";

/** One thing that is wrong with a document. */
export interface Fault {
  /** JSON pointer (RFC 6901) to the place. */
  readonly pointer: string;
  /** What is wrong there, as a phrase that can follow the pointer and a colon. */
  readonly message: string;
}

/** A JSON pointer's token for a property's name. */
export function pointerToken(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The place, and what is wrong there. */
export function faultText({ pointer, message }: Fault): string {
  return `${pointer === "" ? "the document" : pointer}: ${message}`;
}

/** A document with faults: its message is one line that names them all, as callers show only the last line. */
export class DocumentError extends TsrunError {
  readonly faults: readonly Fault[];

  constructor(document: string, faults: readonly Fault[]) {
    const count = faults.length === 1 ? "" : ` (${faults.length} faults)`;
    super(`invalid ${document}${count}: ${faults.map(faultText).join("; ")}`);
    this.faults = faults;
  }
}

/** Unknown properties may nest without end, and what walks them recurses. (encoding/json stops at 10000 levels.) */
export function withinDepth<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new TsrunError(`invalid ${name}: nested too deep`);
    }
    throw cause;
  }
}
