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

const DATA_SIZE = 64;
const MAX_INSTRUCTIONS = 4096;

function encode({ arch, nr, args = [], ip = 0n, bigEndian = false }: SyscallData): DataView {
  const view = new DataView(new ArrayBuffer(DATA_SIZE));
  view.setUint32(0, nr, !bigEndian);
  view.setUint32(4, arch, !bigEndian);
  view.setBigUint64(8, ip, !bigEndian);
  args.forEach((value, index) => {
    view.setBigUint64(16 + 8 * index, BigInt.asUintN(64, value), !bigEndian);
  });
  return view;
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

/** What a program returns, with the number of instructions that it took. @throws where the kernel would refuse the program */
export function simulate(program: Uint8Array, data: SyscallData): { word: number; steps: number } {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const input = encode(data);
  const little = data.bigEndian !== true;
  let accumulator = 0;
  let at = 0;
  for (let steps = 1; steps <= MAX_INSTRUCTIONS; steps++) {
    if ((at + 1) * 8 > program.length) throw new Error(`instruction ${at} is behind the end`);
    const operation = code.getUint16(at * 8, little);
    const value = code.getUint32(at * 8 + 4, little);
    switch (operation) {
      case 0x06:
        return { word: value, steps };
      case 0x20:
        if (value % 4 !== 0 || value >= DATA_SIZE) throw new Error(`a load from offset ${value}`);
        accumulator = input.getUint32(value, little);
        at += 1;
        break;
      case 0x54:
        accumulator = (accumulator & value) >>> 0;
        at += 1;
        break;
      case 0x05:
        at += 1 + value;
        break;
      default:
        at += 1 + code.getUint8(at * 8 + (test(operation, accumulator, value) ? 2 : 3));
    }
  }
  throw new Error("the program does not end");
}
