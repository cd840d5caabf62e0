// Machine code as data: instructions with their listing, put together at an address.

export type Architecture = "x64" | "arm64";

/** What an instruction points to: the word (or pair) that the loader fills for a symbol, or a place that has a name. */
export interface Reference {
  readonly to: "pltSlot" | "tlsSlot" | "place";
  readonly name: string;
}

/** One instruction: its bytes, as hexadecimal or (arm64) as a word, its listing, and the reference it encodes, if any. */
export interface Instruction {
  readonly code: string | number;
  readonly listing: string;
  readonly reference?: Reference;
}

export type Routine = readonly Instruction[];

/**
 * Assembles a routine that will lie at `address`.
 *
 * @param resolve gives the address of a reference
 */
export function assemble(
  routine: Routine,
  address: number,
  resolve: (reference: Reference) => number,
): Buffer {
  let at = address;
  const parts = routine.map((instruction) => {
    const target = instruction.reference && resolve(instruction.reference);
    const bytes =
      typeof instruction.code === "string"
        ? encodeX64(instruction.code, at, target)
        : encodeArm64(instruction.code, at, target);
    at += bytes.length;
    return bytes;
  });
  return Buffer.concat(parts);
}

function encodeX64(code: string, address: number, target: number | undefined): Buffer {
  const bytes = Buffer.from(code, "hex");
  if (target !== undefined) {
    bytes.writeInt32LE(target - (address + bytes.length), bytes.length - 4);
  }
  return bytes;
}

function encodeArm64(word: number, address: number, target: number | undefined): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(target === undefined ? word : (word | arm64Immediate(word, address, target)) >>> 0);
  return bytes;
}

/** The immediate bits of ADRP, LDR (unsigned offset, 64 bits wide) or ADD for a target (Arm ARM C6.2). */
function arm64Immediate(word: number, address: number, target: number): number {
  const low = target & 0xfff;
  if ((word & 0x9f000000) >>> 0 === 0x90000000) {
    const pages = (target >> 12) - (address >> 12);
    return ((pages & 3) << 29) | (((pages >> 2) & 0x7ffff) << 5);
  }
  return (word & 0xff000000) >>> 0 === 0xf9000000 ? (low >> 3) << 10 : low << 10;
}
