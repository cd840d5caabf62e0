/**
 * Adds our machine code to the compiled executable: a new entry point (deaf-entry.ts), and a dlopen that finds the addon
 * behind the executable (addon-loader.ts). What they read lies ahead of them in the same segment.
 */
import { type Architecture, assemble, type Reference } from "../addon/assemble.ts";
import { alignUp, CODE_ALIGN, ElfFile, MACHINE } from "../addon/elf.ts";
import { liveParts } from "../addon/live-parts.ts";
import { addonLoader, addonLoaderData } from "./addon-loader.ts";
import { deafEntry, deafEntryData } from "./deaf-entry.ts";

/** Types of the relocations that name what is looked for here (System V ABI for x86-64, table 4.9; ELF for AArch64, 5.7.11). */
const relocations = { x64: { copy: 5, pltSlot: 7 }, arm64: { copy: 1024, pltSlot: 1026 } } as const;
const PART_SIZE = 24;

type Places = Readonly<Record<string, number>>;

class OwnCode {
  readonly #file: ElfFile;
  readonly architecture: Architecture;
  readonly #start: { readonly offset: number; readonly address: number };
  #bytes = Buffer.alloc(0);
  #places: Places = {};

  constructor(file: ElfFile) {
    this.#file = file;
    this.architecture = file.machine === MACHINE.arm64 ? "arm64" : "x64";
    this.#start = file.roomForCode();
  }

  /** Address of what is added next. */
  get #end(): number {
    return this.#start.address + this.#bytes.length;
  }

  place(name: string, address: number): void {
    this.#places = { ...this.#places, [name]: address };
  }

  add(name: string, bytes: Buffer): void {
    this.place(name, this.#end);
    const length = alignUp(bytes.length, CODE_ALIGN);
    this.#bytes = Buffer.concat([this.#bytes, bytes, Buffer.alloc(length - bytes.length)]);
  }

  addData(data: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(data)) {
      this.add(name, Buffer.from(text, "latin1"));
    }
  }

  addRoutine(name: string, routines: typeof deafEntry): void {
    const resolve = ({ name: wanted }: Reference): number => this.address(wanted);
    this.add(name, assemble(routines[this.architecture], this.#end, resolve));
  }

  address(name: string): number {
    const place = this.#places[name];
    if (place === undefined) {
      throw new Error(`no place is called ${name}`);
    }
    return place;
  }

  /** The relocation that fills `names`' word, and the symbol's value. @throws Error where the file has none */
  imported(kind: "copy" | "pltSlot", ...names: readonly string[]): { address: number; value: number } {
    const wanted = relocations[this.architecture][kind];
    for (const { address, type, symbol } of this.#file.relocations()) {
      const { name, value } = this.#file.symbol(symbol);
      if (type === wanted && names.includes(name)) return { address, value };
    }
    throw new Error(`the executable does not import ${names.join(" or ")} as it used to`);
  }

  /** Has the stub through which the executable calls a library's function jump to a routine of ours instead. */
  divert(stub: number, routine: string): void {
    const [at, target] = [this.#file.fileOffset(stub), this.address(routine)];
    if (this.architecture === "x64") {
      // jmp rel32; the lazy half of the stub begins at its seventh byte and stays.
      this.#file.bytes.writeUInt8(0xe9, at);
      this.#file.bytes.writeInt32LE(target - (stub + 5), at + 1);
    } else {
      // b imm26
      this.#file.bytes.writeUInt32LE((0x14000000 | (((target - stub) >> 2) & 0x3ffffff)) >>> 0, at);
    }
  }

  /** Where the file will end that `finish` returns, with `more` bytes of code or data. */
  fileEnd(more: number): number {
    return this.#start.offset + this.#bytes.length + more;
  }

  finish(): Buffer {
    this.#file.entry = this.address("deafEntry");
    return this.#file.withCode(this.#bytes);
  }
}

/** The parts of the addon that are not zeros, as addon-loader.ts reads them, for an addon at `offset` of the file. */
function partsTable(addon: Buffer, offset: number): Buffer {
  const rows = [
    ...liveParts(addon).map(([at, length]) => [offset + at, at, offset + at + length]),
    [0, 0, 0],
  ];
  const table = Buffer.alloc(rows.length * PART_SIZE);
  for (const [index, word] of rows.flat().entries()) {
    table.writeBigUInt64LE(BigInt(word), index * 8);
  }
  return table;
}

/** Adds the dlopen that loads `addon`, which will follow the executable. Nothing may be added after that. */
function addLoader(code: OwnCode, addon: Buffer): void {
  const { address, value } = code.imported("pltSlot", "dlopen");
  code.place("dlopen", address);
  code.addData(addonLoaderData);
  const table = (offset: number): Buffer => partsTable(addon, offset);
  const routine = alignUp(assemble(addonLoader[code.architecture], 0, () => 0).length, CODE_ALIGN);
  code.add("parts", table(code.fileEnd(alignUp(table(0).length, CODE_ALIGN) + routine)));
  code.addRoutine("addonLoader", addonLoader);
  code.divert(value, "addonLoader");
}

/**
 * @param executable a dynamically linked executable for x86-64 or arm64
 * @param addon what its dlopen is to find behind it
 * @returns the executable with our code, and the addon as its last part
 */
export function withOwnCode(executable: Buffer, addon?: Buffer): Buffer {
  const file = new ElfFile(Buffer.from(executable));
  const code = new OwnCode(file);
  code.place("oldEntry", file.entry);
  code.place("environ", code.imported("copy", "environ", "__environ", "_environ").address);
  code.addData(deafEntryData);
  code.addRoutine("deafEntry", deafEntry);
  if (addon === undefined) {
    return code.finish();
  }
  addLoader(code, addon);
  return Buffer.concat([code.finish(), addon]);
}
