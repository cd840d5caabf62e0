import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch } from "node:process";
import { numbers, type SyscallName } from "../../src/sys/numbers.ts";
import { code } from "../../src/sys/stub/code.ts";
import { control, record } from "../../src/sys/stub/protocol.ts";

export type StubArchitecture = "x64" | "arm64";

/** A record as data: numbers, and names of labels for addresses. */
export interface RecordText {
  readonly name: SyscallName;
  readonly args?: readonly (number | string)[];
  readonly flags?: number;
  readonly extra?: number | string;
}

/** A control block as data. */
export interface BlockText {
  readonly label: string;
  readonly records: readonly RecordText[];
  readonly report?: number;
}

/** What a program left: what its calls wrote to standard output, and its blocks as the stub left them. */
export interface StubRun {
  readonly status: number | null;
  readonly output: Buffer;
  /** Records left of a block's batch, and whose turn it is. */
  readonly block: (label: string) => { readonly left: number; readonly turn: number };
  /** Result of a block's record. */
  readonly result: (label: string, index: number) => bigint;
}

/** What stands for the parent's thread in `control.turn`. */
export const PARENT = 4711;

/** Of the binutils that make programs for an architecture. */
export const prefixes = { x64: "x86_64-linux-gnu-", arm64: "aarch64-linux-gnu-" } as const;
const MARK = "--- image ---\n";

/** Calls the stub with the first block, writes the mark and everything from `image` on, and exits. */
const starts = {
  x64: `lea rdi, [rip+first]
    call stub
    mov eax, 1
    mov edi, 1
    lea rsi, [rip+mark]
    mov edx, image_end-mark
    syscall
    mov eax, 231
    xor edi, edi
    syscall`,
  arm64: `adr x0, first
    bl stub
    mov x8, 64
    mov x0, 1
    adr x1, mark
    mov x2, image_end-mark
    svc 0
    mov x8, 94
    mov x0, 0
    svc 0`,
} as const;

/** Whether programs of this architecture can run here. */
export function runsHere(target: StubArchitecture): boolean {
  return target === arch || spawnSync(emulators[target], ["--version"]).status === 0;
}

const emulators = { x64: "qemu-x86_64-static", arm64: "qemu-aarch64-static" } as const;

/**
 * Makes a program out of code.ts's bytes and of blocks, of which the first is handed to the stub, and runs it; under
 * qemu where it is for another machine.
 * @param data further definitions in assembly language, with labels that records use as arguments
 */
export function runStub(target: StubArchitecture, blocks: readonly BlockText[], data: string): StubRun {
  const directory = mkdtempSync(join(tmpdir(), "tsrun-stub-"));
  try {
    writeFileSync(join(directory, "program.S"), source(target, blocks, data));
    const [object, program] = [join(directory, "program.o"), join(directory, "program")];
    tool(`${prefixes[target]}as`, "-o", object, join(directory, "program.S"));
    tool(`${prefixes[target]}ld`, "-o", program, object);
    const output = join(directory, "output");
    const through = target === arch ? [] : [emulators[target]];
    const stdout = openSync(output, "w");
    // timeout(1) kills the children, too.
    const command = ["--signal=KILL", "30", ...through, program];
    const { status } = spawnSync("timeout", command, { stdio: ["ignore", stdout, "inherit"] });
    closeSync(stdout);
    return parse(status, readFileSync(output), blocks);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function tool(name: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(name, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${name}: ${stderr}`);
}

function source(target: StubArchitecture, blocks: readonly BlockText[], data: string): string {
  const bytes = code[target].flatMap(([hex]) => (hex.match(/../g) ?? []).map((byte) => `0x${byte}`));
  const lines = [
    ...(target === "x64" ? [".intel_syntax noprefix"] : []),
    ".text",
    ".globl _start",
    "_start:",
    starts[target],
    ".balign 8",
    `stub: .byte ${bytes.join(", ")}`,
    // Pages of their own: qemu takes the right to write from pages with code.
    ".data",
    ".balign 8",
    data,
    `mark: .ascii "${MARK.replace("\n", "\\n")}"`,
    ".set first, block_0",
    ".balign 8",
    ...blocks.map((block, index) => blockSource(target, block, index)),
    "image_end:",
  ];
  return `${lines.join("\n")}\n`;
}

function blockSource(target: StubArchitecture, block: BlockText, index: number): string {
  const { label, records, report = 0 } = block;
  const lines = [
    `${label}: block_${index}: .long ${PARENT}, ${records.length}`,
    `.quad records_${index}, 0, ${report}`,
    `records_${index}:`,
    ...records.map((entry) => recordSource(target, entry)),
  ];
  return lines.join("\n");
}

function recordSource(
  target: StubArchitecture,
  { name, args = [], flags = 0, extra = 0 }: RecordText,
): string {
  const nr = numbers[name][target === "x64" ? 0 : 1];
  const six = Array.from({ length: 6 }, (_, index) => args[index] ?? 0);
  return `.long ${nr}, ${flags}\n.quad ${six.join(", ")}, 0, ${extra}`;
}

function parse(status: number | null, all: Buffer, blocks: readonly BlockText[]): StubRun {
  const end = all.indexOf(MARK);
  if (end < 0) return { status, output: all, block: missing, result: missing };
  const size = blocks.reduce((sum, block) => sum + blockSize(block), 0);
  // What lies between the mark and the blocks is their alignment.
  const image = all.subarray(all.length - size);
  const offset = (label: string): number => {
    const index = blocks.findIndex((block) => block.label === label);
    return blocks.slice(0, index).reduce((sum, block) => sum + blockSize(block), 0);
  };
  return {
    status,
    output: all.subarray(0, end),
    block: (label) => ({
      turn: image.readUInt32LE(offset(label) + control.turn),
      left: image.readUInt32LE(offset(label) + control.count),
    }),
    result: (label, index) =>
      image.readBigInt64LE(offset(label) + control.size + index * record.size + record.result),
  };
}

function blockSize({ records }: BlockText): number {
  return control.size + records.length * record.size;
}

function missing(): never {
  throw new Error("the program did not come to its end");
}
