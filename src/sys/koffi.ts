import { loadKoffi } from "./addon.ts";

const koffi = loadKoffi();
const libc = koffi.load(null);
const long = "long syscall(long, long, long, long, long, long, long)";
const rawSyscall: (nr: number, ...args: [number, number, number, number, number, number]) => number | bigint =
  libc.func(long);
const stubType = koffi.proto("long tsrun_stub(long)");

/**
 * One system call through libc's syscall(2) in this process.
 * @param args six integers; addresses are below 2^47 and therefore exact as numbers
 * @returns the result, or the negated errno (1 … 4095) of a failed call
 */
export function syscall6(nr: number, args: readonly number[]): number {
  const result = rawSyscall(nr, args[0] ?? 0, args[1] ?? 0, args[2] ?? 0, args[3] ?? 0, args[4] ?? 0, args[5] ?? 0);
  if (result === -1) return -koffi.errno();
  return Number(result);
}

/** The bytes of [address, address + length) of this process, shared, not copied. */
export function viewMemory(address: number, length: number): ArrayBuffer {
  return koffi.view(BigInt(address), length);
}

/** Calls the stub's entry point (stub/x64.S) with a control block's address. */
export function callStub(entry: number, control: number): void {
  koffi.call(BigInt(entry), stubType, control);
}

/** A function of libsystemd, libc, …, for the few calls that are not system calls. */
export function libcFunction(declaration: string): (...args: unknown[]) => unknown {
  return libc.func(declaration);
}
