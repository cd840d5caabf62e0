/** The parts of a program's file that execve(2) reads; pure. */

/** What kind of program a file is by its first bytes. */
export type ProgramKind =
  | { readonly kind: "empty" }
  | { readonly kind: "script"; readonly interpreter: string }
  | { readonly kind: "elf"; readonly machine: number; readonly interpreter: string | undefined }
  | { readonly kind: "unknown" };

/** Reads up to `length` bytes at `offset` of a file. */
export type ReadAt = (offset: number, length: number) => Uint8Array;

/** The kernel reads this much to tell what a file is (linux/binfmts.h, BINPRM_BUF_SIZE). */
const HEAD_SIZE = 256;
const ELF_MAGIC = "\x7fELF";
const ELF_CLASS = 4;
const CLASS_64 = 2;
const ELF_DATA = 5;
const LITTLE_ENDIAN = 1;
const E_MACHINE = 18;
const PT_INTERP = 3;
/** Limits against a file made to mislead: PATH_MAX, and more program headers than linkers write. */
const MAX_PATH = 4096;
const MAX_HEADERS = 128;

/** Where fields lie in the ELF header and in a program header (elf(5)), for 32 and 64 bits. */
const layouts = {
  32: { headerSize: 52, entrySize: 32, phoff: 28, phentsize: 42, phnum: 44, offset: 4, filesz: 16, word: 4 },
  64: { headerSize: 64, entrySize: 56, phoff: 32, phentsize: 54, phnum: 56, offset: 8, filesz: 32, word: 8 },
} as const;

type Layout = (typeof layouts)[32 | 64];

/** e_machine values that occur on machines with containers (elf.h). */
const machines: Readonly<Record<number, string>> = {
  3: "i386",
  8: "mips",
  20: "ppc",
  21: "ppc64",
  22: "s390x",
  40: "arm",
  62: "x86-64",
  183: "arm64",
  243: "riscv",
  258: "loongarch",
};

/** The architecture of an ELF file by its e_machine. */
export function machineName(machine: number): string {
  return machines[machine] ?? `machine ${machine}`;
}

/** Tells what the kernel would make of a file. */
export function readProgram(read: ReadAt): ProgramKind {
  const head = read(0, HEAD_SIZE);
  if (head.length === 0) return { kind: "empty" };
  const text = latin1(head);
  if (text.startsWith("#!")) return readScript(text);
  return text.startsWith(ELF_MAGIC) ? readElf(head, read) : { kind: "unknown" };
}

/** The interpreter is what stands before the first blank; a carriage return belongs to its name (execve(2)). */
function readScript(head: string): ProgramKind {
  const [line = ""] = head.slice(2).split("\n", 1);
  const interpreter = line.replace(/^[ \t]+/, "").split(/[ \t\0]/, 1)[0] ?? "";
  return { kind: "script", interpreter };
}

function readElf(head: Uint8Array, read: ReadAt): ProgramKind {
  const layout = layouts[head[ELF_CLASS] === CLASS_64 ? 64 : 32];
  if (head.length < layout.headerSize) return { kind: "unknown" };
  const little = head[ELF_DATA] === LITTLE_ENDIAN;
  const view = viewOf(head);
  const machine = view.getUint16(E_MACHINE, little);
  return { kind: "elf", machine, interpreter: readInterpreter(view, layout, little, read) };
}

/** The path in the segment PT_INTERP; a static program has none. */
function readInterpreter(
  header: DataView,
  layout: Layout,
  little: boolean,
  read: ReadAt,
): string | undefined {
  const start = word(header, layout.phoff, layout, little);
  const size = layout.entrySize;
  if (header.getUint16(layout.phentsize, little) !== size) return undefined;
  const count = Math.min(header.getUint16(layout.phnum, little), MAX_HEADERS);
  const table = viewOf(read(start, size * count));
  for (let at = 0; at + size <= table.byteLength; at += size) {
    if (table.getUint32(at, little) !== PT_INTERP) continue;
    const length = word(table, at + layout.filesz, layout, little);
    const path = read(word(table, at + layout.offset, layout, little), Math.min(length, MAX_PATH));
    return new TextDecoder().decode(path).split("\0", 1)[0];
  }
  return undefined;
}

/** A 32- or 64-bit number; file offsets are below 2^53. */
function word(view: DataView, at: number, layout: Layout, little: boolean): number {
  return layout.word === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
