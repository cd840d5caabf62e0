import { arch } from "node:process";

const HEADER = 64;
const ENTRY = 56;
const BASE = 0x400000;
/** EM_* and an instruction that is none: ud2, udf. */
const [machine, illegal] = arch === "arm64" ? [183, [0, 0, 0, 0]] : [62, [0x0f, 0x0b, 0, 0]];

/** A static program that dies of SIGILL without a single system call. */
export function illegalProgram(): Uint8Array {
  return tinyProgram(illegal);
}

/** A static program (elf(5)) of this machine that consists of the instructions given. */
export function tinyProgram(instructions: readonly number[]): Uint8Array {
  const size = HEADER + ENTRY + instructions.length;
  const view = new DataView(new ArrayBuffer(size));
  new Uint8Array(view.buffer).set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, machine, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(BASE + HEADER + ENTRY), true);
  view.setBigUint64(32, BigInt(HEADER), true);
  view.setUint16(52, HEADER, true);
  view.setUint16(54, ENTRY, true);
  view.setUint16(56, 1, true);
  // PT_LOAD, readable and executable: the whole file.
  view.setUint32(HEADER, 1, true);
  view.setUint32(HEADER + 4, 5, true);
  view.setBigUint64(HEADER + 16, BigInt(BASE), true);
  view.setBigUint64(HEADER + 24, BigInt(BASE), true);
  view.setBigUint64(HEADER + 32, BigInt(size), true);
  view.setBigUint64(HEADER + 40, BigInt(size), true);
  view.setBigUint64(HEADER + 48, 0x1000n, true);
  const bytes = new Uint8Array(view.buffer);
  bytes.set(instructions, HEADER + ENTRY);
  return bytes;
}
