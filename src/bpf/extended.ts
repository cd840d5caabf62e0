/** One instruction of extended BPF (kernel: Documentation/bpf/standardization/instruction-set.rst). */
export interface Instruction {
  readonly code: number;
  readonly to: number;
  readonly from: number;
  /** Instructions to jump over, or bytes into memory. */
  readonly offset: number;
  readonly value: number;
}

export const INSTRUCTION_SIZE = 8;

const [ALU64, JMP, JMP32, LOAD_WORD] = [0x07, 0x05, 0x06, 0x61];
const [AND, RIGHT_SHIFT, MOVE, FROM_REGISTER] = [0x50, 0x70, 0xb0, 0x08];
const [JUMP_EQUAL, JUMP_NOT_EQUAL, EXIT] = [0x10, 0x50, 0x90];

function instruction(code: number, to = 0, from = 0, offset = 0, value = 0): Instruction {
  return { code, to, from, offset, value };
}

/** to = the 32 bits at [from + offset] */
export const loadWord = (to: number, from: number, offset: number) =>
  instruction(LOAD_WORD, to, from, offset);
/** to = value */
export const move = (to: number, value: number) => instruction(ALU64 | MOVE, to, 0, 0, value);
/** to = from */
export const copy = (to: number, from: number) => instruction(ALU64 | MOVE | FROM_REGISTER, to, from);
/** to &= value */
export const and = (to: number, value: number) => instruction(ALU64 | AND, to, 0, 0, value);
/** to >>= value, unsigned */
export const shiftRight = (to: number, value: number) => instruction(ALU64 | RIGHT_SHIFT, to, 0, 0, value);
/** Jumps over `skip` instructions where register == value. */
export const jumpIfEqual = (register: number, value: number, skip: number) =>
  instruction(JMP | JUMP_EQUAL, register, 0, skip, value);
/** Jumps over `skip` instructions where the register's lower 32 bits != value (Linux 5.1). */
export const jumpUnlessEqual32 = (register: number, value: number, skip: number) =>
  instruction(JMP32 | JUMP_NOT_EQUAL, register, 0, skip, value);
/** Ends the program with r0 as its result. */
export const exit = () => instruction(JMP | EXIT);

/** A program as bpf(2) takes it, on a little-endian machine. */
export function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * INSTRUCTION_SIZE);
  const view = new DataView(bytes.buffer);
  program.forEach(({ code, to, from, offset, value }, index) => {
    const start = index * INSTRUCTION_SIZE;
    view.setUint8(start, code);
    view.setUint8(start + 1, to | (from << 4));
    view.setInt16(start + 2, offset, true);
    view.setInt32(start + 4, value, true);
  });
  return bytes;
}
