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
import { DT, type DynamicSymbol, MACHINE, type ProgramHeader, PT, SharedObject } from "./elf.ts";
import { assemble, type Reference, type RoutineName, routines } from "./machine-code.ts";

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

/**
 * @param published an addon as npm delivers it, for x86-64 or arm64
 * @returns the same addon, needing no library but glibc's
 * @throws Error naming what the addon has that this file does not know
 */
export function makeStandalone(published: Buffer): Buffer {
  const addon = new SharedObject(Buffer.from(published));
  const arch = architecture(addon);
  const orphans = dropVersions(addon);
  dropLibraries(addon);
  const symbols = addon.undefinedSymbols.filter((symbol) => orphans.has(symbol.index));
  const chosen = symbols.map((symbol) => {
    const replacement = replacements[symbol.name];
    if (replacement === undefined) {
      throw new Error(
        `koffi's addon needs ${symbol.name}, for which scripts/addon/standalone.ts has nothing`,
      );
    }
    return { symbol, replacement };
  });

  const segment = new CodeSegment(addon, arch);
  for (const { symbol, replacement } of chosen) {
    if ("libc" in replacement) {
      renameSymbol(addon, symbol, replacement.libc);
    } else if ("tls" in replacement) {
      defineSymbol(addon, symbol, LOCAL.tls, growThreadLocals(addon));
    } else {
      defineSymbol(addon, symbol, LOCAL.function, segment.add(replacement.routine));
    }
  }
  addon.dropSectionHeaders();
  return segment.attach();
}

function architecture(addon: SharedObject): "x64" | "arm64" {
  for (const name of ["x64", "arm64"] as const) {
    if (addon.machine === MACHINE[name]) {
      return name;
    }
  }
  throw new Error(`koffi's addon is for machine ${addon.machine}, neither x86-64 nor arm64`);
}

function dropLibraries(addon: SharedObject): void {
  addon.setDynamicEntries(
    addon
      .dynamicEntries()
      .filter((entry) => entry.tag !== DT.needed || !dropped.includes(addon.string(entry.value))),
  );
}

/**
 * Takes the dropped libraries out of the version requirements (glibc asserts that each names a loaded library).
 *
 * @returns indices of the symbols that had their version from them
 */
function dropVersions(addon: SharedObject): Set<number> {
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
  return symbolsWithVersions(addon, versions);
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

function linkVersions(addon: SharedObject, previous: number | undefined, entry: number): void {
  if (previous === undefined) {
    const moved = entry - addon.table(DT.verneed);
    setDynamic(addon, DT.verneed, addon.tag(DT.verneed) + moved);
  } else {
    addon.bytes.writeUInt32LE(entry - previous, previous + 12);
  }
}

function setDynamic(addon: SharedObject, tag: number, value: number): void {
  addon.setDynamicEntries(
    addon.dynamicEntries().map((entry) => (entry.tag === tag ? { tag, value } : entry)),
  );
}

function symbolsWithVersions(addon: SharedObject, versions: ReadonlySet<number>): Set<number> {
  const versym = addon.table(DT.versym);
  const indices = addon.undefinedSymbols.map((symbol) => symbol.index);
  return new Set(indices.filter((index) => versions.has(addon.bytes.readUInt16LE(versym + 2 * index))));
}

/** Makes a symbol another reference to the libc function that `name` refers to already. */
function renameSymbol(addon: SharedObject, symbol: DynamicSymbol, name: string): void {
  const { bytes } = addon;
  const twin = findSymbol(addon, name);
  const versym = addon.table(DT.versym);
  bytes.copyWithin(symbol.at, twin.at, twin.at + 4);
  bytes.copyWithin(versym + 2 * symbol.index, versym + 2 * twin.index, versym + 2 * twin.index + 2);
}

/** Gives a symbol a definition in this file, found without a look-up. */
function defineSymbol(addon: SharedObject, symbol: DynamicSymbol, info: number, value: number): void {
  addon.bytes[symbol.at + 4] = info;
  addon.bytes[symbol.at + 5] = LOCAL.hidden;
  addon.bytes.writeUInt16LE(ANY_SECTION, symbol.at + 6);
  addon.setU64(symbol.at + 8, value);
  addon.bytes.writeUInt16LE(0, addon.table(DT.versym) + 2 * symbol.index);
}

function findSymbol(addon: SharedObject, name: string): DynamicSymbol {
  const symbol = addon.undefinedSymbols.find((candidate) => candidate.name === name);
  if (symbol === undefined) {
    throw new Error(`koffi's addon does not call ${name}, so it cannot stand for a C++ function`);
  }
  return symbol;
}

/** Adds a pointer to the thread-local block. @returns its offset in the block */
function growThreadLocals(addon: SharedObject): number {
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

/** Our routines, to be mapped behind everything else; PT_NOTE (the build id) gives its program header. */
class CodeSegment {
  readonly #addon: SharedObject;
  readonly #arch: "x64" | "arm64";
  readonly #header: ProgramHeader;
  readonly #routines = new Map<RoutineName, number>();
  #code = Buffer.alloc(0);

  constructor(addon: SharedObject, arch: "x64" | "arm64") {
    const loads = addon.programHeaders().filter((header) => header.type === PT.load);
    const align = Math.max(...loads.map((header) => header.align));
    const end = Math.max(...loads.map((header) => header.address + header.memorySize));
    const offset = Math.max(...loads.map((header) => header.offset + header.fileSize));
    // Address and file offset must agree modulo the page size.
    const address = alignUp(end, align) + (alignUp(offset, 16) % align);
    this.#addon = addon;
    this.#arch = arch;
    this.#header = {
      type: PT.load,
      flags: 5,
      offset: alignUp(offset, 16),
      address,
      fileSize: 0,
      memorySize: 0,
      align,
    };
  }

  /** @returns the routine's address; the same one each time it is asked for */
  add(name: RoutineName): number {
    const known = this.#routines.get(name);
    if (known !== undefined) {
      return known;
    }
    const padding = Buffer.alloc(alignUp(this.#code.length, 16) - this.#code.length);
    const address = this.#header.address + this.#code.length + padding.length;
    const code = assemble(routines[this.#arch][name], address, (reference) => this.#slot(reference));
    this.#code = Buffer.concat([this.#code, padding, code]);
    this.#routines.set(name, address);
    return address;
  }

  /** @returns the finished file: everything that the loader maps, and this segment */
  attach(): Buffer {
    const headers = this.#addon.programHeaders().filter((header) => header.type !== PT.note);
    const last = headers.findLastIndex((header) => header.type === PT.load);
    const size = this.#code.length;
    headers.splice(last + 1, 0, { ...this.#header, fileSize: size, memorySize: size });
    this.#addon.setProgramHeaders(headers);
    const mapped = Buffer.alloc(this.#header.offset);
    this.#addon.bytes.copy(mapped);
    return Buffer.concat([mapped, this.#code]);
  }

  /** The word that the loader fills for a symbol, found by the relocation that fills it. */
  #slot({ to, symbol }: Reference): number {
    const index = findSymbol(this.#addon, symbol).index;
    const type = relocationTypes[this.#arch][to];
    const found = this.#addon
      .relocations()
      .find((relocation) => relocation.symbol === index && relocation.type === type);
    if (found === undefined) {
      throw new Error(`koffi's addon has no relocation of type ${type} for ${symbol}`);
    }
    return found.address;
  }
}

function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
