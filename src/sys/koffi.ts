import { lazy } from "../base/lazy.ts";
import { loadKoffi } from "./addon.ts";

/** syscall(2) with the number and six arguments. */
type Syscall = (nr: number, ...args: [number, number, number, number, number, number]) => number | bigint;

let loaded = false;

/** Loaded by the first call: `state` and `list` get by with files, and loading takes as long as all else that they do. */
const native = lazy(() => {
  const koffi = loadKoffi();
  loaded = true;
  const libc = koffi.load(null);
  const rawSyscall: Syscall = libc.func("long syscall(long, long, long, long, long, long, long)");
  return { koffi, libc, rawSyscall, codeType: koffi.proto("long tsrun_code(long)") };
});

/** Whether a system call has been made, so that another costs next to nothing. */
export function isNative(): boolean {
  return loaded;
}

/** Loads what system calls take, for a command that will make some anyway. */
export function loadNative(): void {
  native();
}

/**
 * One system call through libc's syscall(2) in this process.
 * @param args six integers; addresses are below 2^47 and therefore exact as numbers
 * @returns the result, or the negated errno (1 … 4095) of a failed call
 */
export function syscall6(nr: number, args: readonly number[]): number {
  const { koffi, rawSyscall } = native();
  const result = rawSyscall(
    nr,
    args[0] ?? 0,
    args[1] ?? 0,
    args[2] ?? 0,
    args[3] ?? 0,
    args[4] ?? 0,
    args[5] ?? 0,
  );
  if (result === -1) return -koffi.errno();
  return Number(result);
}

/** The bytes of [address, address + length) of this process, shared, not copied. */
export function viewMemory(address: number, length: number): ArrayBuffer {
  return native().koffi.view(BigInt(address), length);
}

/** Calls machine code of ours (stub/x64.S) that takes and returns one integer. */
export function callCode(entry: number, argument: number): number {
  const { koffi, codeType } = native();
  return Number(koffi.call(BigInt(entry), codeType, argument));
}

/** An integer variable of libc, as the C type of that name; undefined where this libc has none. */
export function libcVariable(name: string, type: "long" | "uint"): number | undefined {
  const { koffi, libc } = native();
  try {
    return Number(koffi.decode(libc.symbol(name), type));
  } catch {
    return undefined;
  }
}

/** A shared library beside libc; its functions are declared as C does. @throws Error where it is missing */
export function openLibrary(name: string): ReturnType<typeof import("koffi").load> {
  return native().koffi.load(name);
}

/** The NUL-terminated text at `address`. */
export function textAt(address: bigint): string {
  return native().koffi.decode(address, "char", -1);
}
