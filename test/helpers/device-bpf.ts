import type { Instruction } from "../../src/bpf/extended.ts";

/** What a process wants of a device. */
export interface DeviceAccess {
  /** b or c */
  readonly type: string;
  readonly major: number;
  readonly minor: number;
  /** Letters of read, write, mknod. */
  readonly access: string;
}

const bits: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };

/** Runs a device program as the kernel would, one instruction after the other. @returns whether it allows the access */
export function runDeviceProgram(
  program: readonly Instruction[],
  { type, major, minor, access }: DeviceAccess,
): boolean {
  const wanted = [...access].reduce((sum, letter) => sum | (bits[letter] ?? 0), 0);
  const context = [((wanted << 16) | (type === "b" ? 1 : 2)) >>> 0, major, minor];
  const registers = new Array<number>(11).fill(Number.NaN);
  const read = (register: number) => registers[register] ?? Number.NaN;
  for (let at = 0; ; at++) {
    const instruction = program[at];
    if (instruction === undefined) throw new Error("the program runs past its end");
    const { code, to, from, offset, value } = instruction;
    if (code === 0x61) registers[to] = context[offset / 4] ?? Number.NaN;
    else if (code === 0xb7) registers[to] = value;
    else if (code === 0xbf) registers[to] = read(from);
    else if (code === 0x57) registers[to] = read(to) & value;
    else if (code === 0x77) registers[to] = read(to) >>> value;
    else if (code === 0x15) at += read(to) === value ? offset : 0;
    else if (code === 0x56) at += read(to) !== value ? offset : 0;
    else if (code === 0x95) return read(0) === 1;
    else throw new Error(`no such instruction here: 0x${code.toString(16)}`);
  }
}
