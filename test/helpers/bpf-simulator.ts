// Runs classic BPF as the kernel runs a seccomp filter (net/core/filter.c, kernel/seccomp.c).

/** What a filter sees of one system call. */
export interface SyscallData {
  /** AUDIT_ARCH_*. */
  readonly arch: number;
  readonly nr: number;
  readonly args?: readonly bigint[];
  readonly ip?: bigint;
  /** The order of bytes on the machine, of the program's words as well as of the data's. */
  readonly bigEndian?: boolean;
}

/** What a filter returned, with the number of instructions that it took. */
export interface Outcome {
  readonly word: number;
  readonly steps: number;
}

const WORD_BITS = 32n;
const MAX_INSTRUCTIONS = 4096;

/** struct seccomp_data as words: number, architecture, instruction pointer, six arguments. */
export function encode({ arch, nr, args = [], ip = 0n, bigEndian = false }: SyscallData): number[] {
  const words = [nr >>> 0, arch >>> 0];
  for (const value of [ip, ...Array.from({ length: 6 }, (_, index) => args[index] ?? 0n)]) {
    const low = Number(BigInt.asUintN(32, value));
    const high = Number(BigInt.asUintN(32, value >> WORD_BITS));
    words.push(...(bigEndian ? [high, low] : [low, high]));
  }
  return words;
}

function test(code: number, accumulator: number, value: number): boolean {
  switch (code) {
    case 0x15:
      return accumulator === value;
    case 0x25:
      return accumulator > value;
    case 0x35:
      return accumulator >= value;
    case 0x45:
      return (accumulator & value) !== 0;
    default:
      throw new Error(`the kernel does not take the instruction 0x${code.toString(16)}`);
  }
}

/** Reads a program, to run it often. @returns takes what encode() makes, throws where the kernel would refuse the program */
export function simulator(program: Uint8Array, bigEndian = false): (words: readonly number[]) => Outcome {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const code = Array.from({ length: program.length / 8 }, (_, index) => ({
    operation: view.getUint16(index * 8, !bigEndian),
    yes: view.getUint8(index * 8 + 2),
    no: view.getUint8(index * 8 + 3),
    value: view.getUint32(index * 8 + 4, !bigEndian),
  }));
  return (words) => {
    let accumulator = 0;
    let at = 0;
    for (let steps = 1; steps <= MAX_INSTRUCTIONS; steps++) {
      const instruction = code[at++];
      if (instruction === undefined) throw new Error(`instruction ${at - 1} is behind the end`);
      const { operation, yes, no, value } = instruction;
      switch (operation) {
        case 0x06:
          return { word: value, steps };
        case 0x20: {
          const word = words[value / 4];
          if (word === undefined) throw new Error(`a load from offset ${value}`);
          accumulator = word;
          break;
        }
        case 0x54:
          accumulator = (accumulator & value) >>> 0;
          break;
        case 0x05:
          at += value;
          break;
        default:
          at += test(operation, accumulator, value) ? yes : no;
      }
    }
    throw new Error("the program does not end");
  };
}

/** Runs a program once. @throws where the kernel would refuse the program */
export function simulate(program: Uint8Array, data: SyscallData): Outcome {
  return simulator(program, data.bigEndian)(encode(data));
}
