/**
 * Makes koffi's prebuilt addon need nothing but glibc. As published it is linked with libstdc++.so.6 and
 * libgcc_s.so.1, which minimal hosts lack, for some twenty small functions. Each of them becomes
 *
 * - another name for a function of libc that does the same, or
 * - a routine of ours (machine-code.ts) in a segment that is added to the file, or
 * - a thread-local variable in the room that is added to the file's TLS block.
 *
 * A symbol that this table does not know fails the build: a newer koffi must be looked at.
 */

import { type Architecture, assemble, type Reference } from "./assemble.ts";
import { alignUp, DT, type DynamicSymbol, ElfFile, MACHINE, PT } from "./elf.ts";
import { type RoutineName, routines } from "./machine-code.ts";

type Replacement = { libc: string } | { routine: RoutineName } | { tls: true };

const dropped = ["libstdc++.so.6", "libgcc_s.so.1"];

/** koffi is compiled without exceptions: what would throw ends the process. */
const abort: Replacement = { libc: "abort" };
const nothing: Replacement = { routine: "nothing" };

const replacements: Readonly<Record<string, Replacement>> = {
  _Znwm: { libc: "malloc" },
  _Znam: { libc: "malloc" },
  _ZdlPvm: { libc: "free" },
  _ZdlPv: { libc: "free" },
  _ZdaPv: { libc: "free" },
  _ZnwmSt11align_val_t: { routine: "alignedNew" },
  _ZSt17__throw_bad_allocv: abort,
  _ZSt19__throw_logic_errorPKc: abort,
  _ZSt20__throw_length_errorPKc: abort,
  _ZSt20__throw_system_errori: abort,
  _ZSt25__throw_bad_function_callv: abort,
  __cxa_guard_acquire: { routine: "guardAcquire" },
  __cxa_guard_release: { routine: "guardRelease" },
  __once_proxy: { routine: "onceProxy" },
  _ZSt11__once_call: { tls: true },
  _ZSt15__once_callable: { tls: true },
  // Only a callback that another thread makes waits; tsrun registers no callbacks.
  _ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE: abort,
  _ZNSt18condition_variableC1Ev: nothing,
  _ZNSt18condition_variableD1Ev: nothing,
  _ZNSt18condition_variable10notify_oneEv: nothing,
  _ZNSt6thread6_StateD2Ev: nothing,
};

const relocationTypes = {
  x64: { pltSlot: 7, tlsSlot: 16 },
  arm64: { pltSlot: 1026, tlsSlot: 1031 },
} as const;

/** st_info of a local symbol, st_other that hides it: either makes glibc take it from this file, lazily bound or not. */
const LOCAL = { function: 0x02, tls: 0x06, hidden: 0x02 } as const;
const ANY_SECTION = 1;
const POINTER = 8;
const ROUTINE_ALIGN = 16;
/** DW_EH_PE_pcrel | DW_EH_PE_sdata4: how .eh_frame_hdr points to .eh_frame (LSB core 10.6.2). */
const UNWIND_POINTER_ENCODING = 0x1b;

/**
 * @param published an addon as npm delivers it, for x86-64 or arm64
 * @returns the same addon, needing no library but glibc's
 * @throws Error naming what the addon has that this file does not know
 */
export function makeStandalone(published: Buffer): Buffer {
  const addon = new ElfFile(Buffer.from(published));
  const arch = architecture(addon);
  const symbols = addon.undefinedSymbols();
  const added = new Routines(addon, symbols, arch);
  const versions = dropVersions(addon);
  dropLibraries(addon);
  for (const symbol of withVersions(addon, symbols, versions)) {
    const replacement = replacements[symbol.name];
    if (replacement === undefined) {
      throw new Error(
        `koffi's addon needs ${symbol.name}, for which scripts/addon/standalone.ts has nothing`,
      );
    }
    if ("libc" in replacement) {
      renameSymbol(addon, symbol, findSymbol(symbols, replacement.libc));
    } else if ("tls" in replacement) {
      defineSymbol(addon, symbol, LOCAL.tls, growThreadLocals(addon));
    } else {
      defineSymbol(addon, symbol, LOCAL.function, added.add(replacement.routine));
    }
  }
  blankUnwindTables(addon);
  return addon.withCode(added.code);
}

/**
 * Fills .eh_frame_hdr and .eh_frame, a quarter of the file, with zeros, which are not copied at boot (live-parts.ts): only
 * an exception or a debugger would read them, and koffi is compiled without exceptions.
 */
function blankUnwindTables(addon: ElfFile): void {
  const { bytes } = addon;
  const headers = addon.programHeaders();
  const index = headers.find((header) => header.type === PT.unwindIndex);
  if (index === undefined || bytes[index.offset + 1] !== UNWIND_POINTER_ENCODING) {
    throw new Error("koffi's addon has no unwind tables of the usual shape");
  }
  const field = index.address + 4;
  const start = addon.fileOffset(field + bytes.readInt32LE(index.offset + 4));
  let end = start;
  for (let length = bytes.readUInt32LE(end); length !== 0; length = bytes.readUInt32LE(end)) {
    end += 4 + length;
  }
  bytes.fill(0, start, end);
  bytes.fill(0, index.offset, index.offset + index.fileSize);
  addon.setProgramHeaders(headers.filter((header) => header !== index));
}

function architecture(addon: ElfFile): Architecture {
  for (const name of ["x64", "arm64"] as const) {
    if (addon.machine === MACHINE[name]) {
      return name;
    }
  }
  throw new Error(`koffi's addon is for machine ${addon.machine}, neither x86-64 nor arm64`);
}

function dropLibraries(addon: ElfFile): void {
  addon.setDynamicEntries(
    addon
      .dynamicEntries()
      .filter((entry) => entry.tag !== DT.needed || !dropped.includes(addon.string(entry.value))),
  );
}

/**
 * Takes the dropped libraries out of the version requirements (glibc asserts that each names a loaded library).
 *
 * @returns the version numbers that the symbols of those libraries have
 */
function dropVersions(addon: ElfFile): ReadonlySet<number> {
  const { bytes } = addon;
  const versions = new Set<number>();
  let kept: number | undefined;
  let count = 0;
  let at = addon.table(DT.verneed);
  for (let index = 0; index < addon.tag(DT.verneedCount); index++) {
    const next = at + bytes.readUInt32LE(at + 12);
    if (dropped.includes(addon.string(bytes.readUInt32LE(at + 4)))) {
      for (const version of versionIndices(bytes, at)) {
        versions.add(version);
      }
    } else {
      linkVersions(addon, kept, at);
      kept = at;
      count++;
    }
    at = next;
  }
  if (kept === undefined) {
    throw new Error("koffi's addon requires no version of glibc");
  }
  bytes.writeUInt32LE(0, kept + 12);
  setDynamic(addon, DT.verneedCount, count);
  return versions;
}

/** The version numbers (vna_other) that one entry of the version requirements hands out. */
function versionIndices(bytes: Buffer, entry: number): number[] {
  const indices: number[] = [];
  let at = entry + bytes.readUInt32LE(entry + 8);
  for (let left = bytes.readUInt16LE(entry + 2); left > 0; left--) {
    indices.push(bytes.readUInt16LE(at + 6));
    at += bytes.readUInt32LE(at + 12);
  }
  return indices;
}

function linkVersions(addon: ElfFile, previous: number | undefined, entry: number): void {
  if (previous === undefined) {
    const moved = entry - addon.table(DT.verneed);
    setDynamic(addon, DT.verneed, addon.tag(DT.verneed) + moved);
  } else {
    addon.bytes.writeUInt32LE(entry - previous, previous + 12);
  }
}

function setDynamic(addon: ElfFile, tag: number, value: number): void {
  addon.setDynamicEntries(
    addon.dynamicEntries().map((entry) => (entry.tag === tag ? { tag, value } : entry)),
  );
}

function withVersions(
  addon: ElfFile,
  symbols: readonly DynamicSymbol[],
  versions: ReadonlySet<number>,
): DynamicSymbol[] {
  const versym = addon.table(DT.versym);
  return symbols.filter((symbol) => versions.has(addon.bytes.readUInt16LE(versym + 2 * symbol.index)));
}

/** Makes a symbol another reference to the libc function that `twin` refers to. */
function renameSymbol(addon: ElfFile, symbol: DynamicSymbol, twin: DynamicSymbol): void {
  const versym = addon.table(DT.versym);
  addon.bytes.copyWithin(symbol.at, twin.at, twin.at + 4);
  addon.bytes.copyWithin(versym + 2 * symbol.index, versym + 2 * twin.index, versym + 2 * twin.index + 2);
}

/** Gives a symbol a definition in this file, found without a look-up. */
function defineSymbol(addon: ElfFile, symbol: DynamicSymbol, info: number, value: number): void {
  addon.bytes[symbol.at + 4] = info;
  addon.bytes[symbol.at + 5] = LOCAL.hidden;
  addon.bytes.writeUInt16LE(ANY_SECTION, symbol.at + 6);
  addon.setU64(symbol.at + 8, value);
  addon.bytes.writeUInt16LE(0, addon.table(DT.versym) + 2 * symbol.index);
}

function findSymbol(symbols: readonly DynamicSymbol[], name: string): DynamicSymbol {
  const symbol = symbols.find((candidate) => candidate.name === name);
  if (symbol === undefined) {
    throw new Error(`koffi's addon does not use ${name}, so it cannot stand for a C++ function`);
  }
  return symbol;
}

/** Adds a pointer to the thread-local block. @returns its offset in the block */
function growThreadLocals(addon: ElfFile): number {
  const headers = addon.programHeaders();
  const tls = headers.find((header) => header.type === PT.tls);
  if (tls === undefined) {
    throw new Error("koffi's addon has no thread-local block");
  }
  const offset = alignUp(tls.memorySize, POINTER);
  tls.memorySize = offset + POINTER;
  addon.setProgramHeaders(headers);
  return offset;
}

/** Our routines in the order they are asked for, each at an address of its own behind everything that is mapped. */
class Routines {
  readonly #addon: ElfFile;
  readonly #symbols: readonly DynamicSymbol[];
  readonly #arch: Architecture;
  readonly #addresses = new Map<RoutineName, number>();
  code = Buffer.alloc(0);

  constructor(addon: ElfFile, symbols: readonly DynamicSymbol[], arch: Architecture) {
    this.#addon = addon;
    this.#symbols = symbols;
    this.#arch = arch;
  }

  /** @returns the routine's address; the same one each time it is asked for */
  add(name: RoutineName): number {
    const known = this.#addresses.get(name);
    if (known !== undefined) {
      return known;
    }
    const start = alignUp(this.code.length, ROUTINE_ALIGN);
    const address = this.#addon.roomForCode().address + start;
    const routine = assemble(routines[this.#arch][name], address, (reference) => this.#slot(reference));
    this.code = Buffer.concat([this.code, Buffer.alloc(start - this.code.length), routine]);
    this.#addresses.set(name, address);
    return address;
  }

  /** The word that the loader fills for a symbol, found by the relocation that fills it. */
  #slot({ to, name }: Reference): number {
    const { index } = findSymbol(this.#symbols, name);
    const type = relocationTypes[this.#arch][to === "tlsSlot" ? "tlsSlot" : "pltSlot"];
    const relocations = this.#addon.relocations();
    const found = relocations.find((relocation) => relocation.symbol === index && relocation.type === type);
    if (found === undefined) {
      throw new Error(`koffi's addon has no relocation of type ${type} for ${name}`);
    }
    return found.address;
  }
}
