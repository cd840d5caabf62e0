// The few parts of a 64-bit little-endian ELF file that the build edits. Names and layouts: elf(5).

export const PT = { load: 1, note: 4, tls: 7, unwindIndex: 0x6474e550 } as const;
export const DT = {
  null: 0,
  needed: 1,
  pltRelSize: 2,
  strtab: 5,
  symtab: 6,
  rela: 7,
  relaSize: 8,
  jmpRel: 23,
  versym: 0x6ffffff0,
  verneed: 0x6ffffffe,
  verneedCount: 0x6fffffff,
} as const;
export const MACHINE = { x64: 62, arm64: 183 } as const;

const HEADER = {
  type: 16,
  machine: 18,
  entry: 24,
  programHeaders: 32,
  programHeaderCount: 56,
} as const;
const PROGRAM_HEADER_SIZE = 56;
const SYMBOL_SIZE = 24;
const RELA_SIZE = 24;
const DYNAMIC_SIZE = 16;
const PT_DYNAMIC = 2;
/** ET_EXEC and ET_DYN */
const LOADABLE = [2, 3];
export const CODE_ALIGN = 16;
const PF_EXECUTE = 1;
const PF_READ = 4;

/** One entry of the program header table; addresses and sizes are bytes and fit a number. */
export interface ProgramHeader {
  type: number;
  flags: number;
  offset: number;
  address: number;
  fileSize: number;
  memorySize: number;
  align: number;
}

/** A dynamic symbol; `at` is the file offset of its record. */
export interface DynamicSymbol {
  readonly index: number;
  readonly at: number;
  readonly name: string;
}

export interface Relocation {
  /** Address of the word that the loader fills. */
  readonly address: number;
  readonly type: number;
  readonly symbol: number;
}

/** A dynamically linked file in memory. Methods read through `bytes`, so that edits are seen at once. */
export class ElfFile {
  readonly bytes: Buffer;
  readonly machine: number;
  readonly dynamic: ReadonlyMap<number, number>;
  readonly #dynamicHeader: ProgramHeader;

  /** @throws Error where `bytes` are not a 64-bit little-endian ELF file with a dynamic segment */
  constructor(bytes: Buffer) {
    const identification = bytes.subarray(0, 6).toString("latin1");
    if (identification !== "\x7fELF\x02\x01" || !LOADABLE.includes(bytes.readUInt16LE(HEADER.type))) {
      throw new Error("not a 64-bit little-endian ELF file");
    }
    this.bytes = bytes;
    this.machine = bytes.readUInt16LE(HEADER.machine);
    const dynamicHeader = this.programHeaders().find((header) => header.type === PT_DYNAMIC);
    if (dynamicHeader === undefined) {
      throw new Error("the ELF file has no dynamic segment");
    }
    this.#dynamicHeader = dynamicHeader;
    this.dynamic = new Map(this.dynamicEntries().map((entry) => [entry.tag, entry.value]));
  }

  programHeaders(): ProgramHeader[] {
    const table = this.#u64(HEADER.programHeaders);
    const count = this.bytes.readUInt16LE(HEADER.programHeaderCount);
    return Array.from({ length: count }, (_, index) => {
      const at = table + index * PROGRAM_HEADER_SIZE;
      return {
        type: this.bytes.readUInt32LE(at),
        flags: this.bytes.readUInt32LE(at + 4),
        offset: this.#u64(at + 8),
        address: this.#u64(at + 16),
        fileSize: this.#u64(at + 32),
        memorySize: this.#u64(at + 40),
        align: this.#u64(at + 48),
      };
    });
  }

  /** Writes the table back; it may be no longer than the one that is there. */
  setProgramHeaders(headers: readonly ProgramHeader[]): void {
    if (headers.length > this.bytes.readUInt16LE(HEADER.programHeaderCount)) {
      throw new Error("no room for another program header");
    }
    const table = this.#u64(HEADER.programHeaders);
    for (const [index, header] of headers.entries()) {
      const at = table + index * PROGRAM_HEADER_SIZE;
      this.bytes.writeUInt32LE(header.type, at);
      this.bytes.writeUInt32LE(header.flags, at + 4);
      const words = [
        header.offset,
        header.address,
        header.address,
        header.fileSize,
        header.memorySize,
        header.align,
      ];
      for (const [word, value] of words.entries()) {
        this.setU64(at + 8 + 8 * word, value);
      }
    }
    this.bytes.writeUInt16LE(headers.length, HEADER.programHeaderCount);
  }

  /** Address of the first instruction. */
  get entry(): number {
    return this.#u64(HEADER.entry);
  }

  set entry(address: number) {
    this.setU64(HEADER.entry, address);
  }

  /**
   * Where code can be added: behind everything that is mapped. File offset and address agree modulo the page size, as
   * the loader wants.
   */
  roomForCode(): { offset: number; address: number; align: number } {
    const loads = this.programHeaders().filter((header) => header.type === PT.load);
    const align = Math.max(...loads.map((header) => header.align));
    const end = Math.max(...loads.map((header) => header.address + header.memorySize));
    const offset = alignUp(this.bytes.length, CODE_ALIGN);
    return { offset, address: alignUp(end, align) + (offset % align), align };
  }

  /**
   * Adds an executable segment at `roomForCode()`; PT_NOTE (the build id) gives up its program header for it.
   *
   * @returns the new file
   */
  withCode(code: Buffer): Buffer {
    const { offset, address, align } = this.roomForCode();
    const headers = this.programHeaders();
    const note = headers.findIndex((header) => header.type === PT.note);
    if (note === -1) {
      throw new Error("no program header can be spared for a code segment");
    }
    headers.splice(note, 1);
    const last = headers.findLastIndex((header) => header.type === PT.load);
    const size = code.length;
    const flags = PF_READ | PF_EXECUTE;
    headers.splice(last + 1, 0, {
      type: PT.load,
      flags,
      offset,
      address,
      fileSize: size,
      memorySize: size,
      align,
    });
    this.setProgramHeaders(headers);
    const file = Buffer.alloc(offset + size);
    this.bytes.copy(file);
    code.copy(file, offset);
    return file;
  }

  dynamicEntries(): { tag: number; value: number }[] {
    const { offset, fileSize } = this.#dynamicHeader;
    const entries = Array.from({ length: fileSize / DYNAMIC_SIZE }, (_, index) => ({
      tag: this.#u64(offset + index * DYNAMIC_SIZE),
      value: this.#u64(offset + index * DYNAMIC_SIZE + 8),
    }));
    const end = entries.findIndex((entry) => entry.tag === DT.null);
    return end === -1 ? entries : entries.slice(0, end);
  }

  /** Writes the dynamic section back; what is left of the old one becomes DT_NULL. */
  setDynamicEntries(entries: readonly { tag: number; value: number }[]): void {
    const { offset, fileSize } = this.#dynamicHeader;
    this.bytes.fill(0, offset, offset + fileSize);
    for (const [index, entry] of entries.entries()) {
      this.setU64(offset + index * DYNAMIC_SIZE, entry.tag);
      this.setU64(offset + index * DYNAMIC_SIZE + 8, entry.value);
    }
  }

  /** File offset of a virtual address. */
  fileOffset(address: number): number {
    const segment = this.programHeaders().find(
      (header) =>
        header.type === PT.load && address >= header.address && address < header.address + header.fileSize,
    );
    if (segment === undefined) {
      throw new Error(`address 0x${address.toString(16)} is not in the file`);
    }
    return address - segment.address + segment.offset;
  }

  /** File offset of the table that a dynamic tag names. */
  table(tag: number): number {
    return this.fileOffset(this.tag(tag));
  }

  /** Value of a dynamic tag. @throws Error where the object lacks it */
  tag(tag: number): number {
    const value = this.dynamic.get(tag);
    if (value === undefined) {
      throw new Error(`the ELF file has no dynamic tag 0x${tag.toString(16)}`);
    }
    return value;
  }

  /** A name of the dynamic string table. */
  string(offset: number): string {
    const start = this.table(DT.strtab) + offset;
    return this.bytes.toString("latin1", start, this.bytes.indexOf(0, start));
  }

  relocations(): Relocation[] {
    return [
      ...this.#relocationTable(DT.rela, DT.relaSize),
      ...this.#relocationTable(DT.jmpRel, DT.pltRelSize),
    ];
  }

  setU64(at: number, value: number): void {
    this.bytes.writeBigUInt64LE(BigInt(value), at);
  }

  /** The undefined symbols: they lead the table, ahead of the ones the file defines (DT_GNU_HASH). */
  undefinedSymbols(): DynamicSymbol[] {
    const symbols: DynamicSymbol[] = [];
    const table = this.table(DT.symtab);
    for (let index = 1; ; index++) {
      const at = table + index * SYMBOL_SIZE;
      const section = this.bytes.readUInt16LE(at + 6);
      if (section !== 0) {
        return symbols;
      }
      symbols.push({ index, at, name: this.string(this.bytes.readUInt32LE(at)) });
    }
  }

  /** Name and value of a dynamic symbol. */
  symbol(index: number): { name: string; value: number } {
    const at = this.table(DT.symtab) + index * SYMBOL_SIZE;
    return { name: this.string(this.bytes.readUInt32LE(at)), value: this.#u64(at + 8) };
  }

  #relocationTable(table: number, size: number): Relocation[] {
    if (!this.dynamic.has(table)) {
      return [];
    }
    const start = this.table(table);
    return Array.from({ length: this.tag(size) / RELA_SIZE }, (_, index) => {
      const at = start + index * RELA_SIZE;
      return {
        address: this.#u64(at),
        type: this.bytes.readUInt32LE(at + 8),
        symbol: this.bytes.readUInt32LE(at + 12),
      };
    });
  }

  #u64(at: number): number {
    return Number(this.bytes.readBigUInt64LE(at));
  }
}

/** The next multiple of `align`. */
export function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
