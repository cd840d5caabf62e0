/** What an ELF file made for a test says of itself. */
export interface ElfOptions {
  readonly machine: number;
  /** Its dynamic loader; a static program where absent. */
  readonly interpreter?: string;
  readonly bits?: 32 | 64;
  readonly bigEndian?: boolean;
}

/** A header, one program header and the interpreter's path: as much of a program as a look at it needs (elf(5)). */
export function elf({ machine, interpreter, bits = 64, bigEndian = false }: ElfOptions): Uint8Array {
  const wide = bits === 64;
  const [headerSize, entrySize] = wide ? [64, 56] : [52, 32];
  const path = Buffer.from(interpreter === undefined ? "" : `${interpreter}\0`);
  const bytes = Buffer.alloc(headerSize + entrySize + path.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number, value: number): void => {
    if (wide) view.setBigUint64(at, BigInt(value), !bigEndian);
    else view.setUint32(at, value, !bigEndian);
  };
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, bigEndian ? 2 : 1, 1]);
  view.setUint16(18, machine, !bigEndian);
  word(wide ? 32 : 28, headerSize);
  view.setUint16(wide ? 54 : 42, entrySize, !bigEndian);
  view.setUint16(wide ? 56 : 44, 1, !bigEndian);
  view.setUint32(headerSize, interpreter === undefined ? 1 : 3, !bigEndian);
  word(headerSize + (wide ? 8 : 4), headerSize + entrySize);
  word(headerSize + (wide ? 32 : 16), path.length);
  bytes.set(path, headerSize + entrySize);
  return bytes;
}
