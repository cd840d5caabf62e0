import { range } from "../base/range.ts";
import { local } from "./local.ts";
import { Memory } from "./memory.ts";
import { SyscallError } from "./syscall-error.ts";

/**
 * Why not signalfd(2): it sees a signal only if every thread blocks it. The JavaScript engine starts threads before our
 * first line runs (one compiles, one gives memory back), with nothing blocked; the kernel hands a signal to any thread
 * that lets it through, and its default action ends the whole process. A handler runs in whichever thread that is; ours
 * is machine code that writes the signal's number to a pipe and touches nothing of the engine.
 */

const PAGE = 4096;
const PROT_READ_EXEC = 5;
const O_NONBLOCK_CLOEXEC = 0o4000 | 0o2000000;
const SIGACTION_SIZE = 32;
const SIGSET_SIZE = 8;
const ALL_SIGNALS = 0xffffffffffffffffn;
const EAGAIN = 11;
/** SA_SIGINFO (the second argument points to the number), SA_RESTART, SA_ONSTACK, SA_RESTORER (sigaction(2)). */
const FLAGS = 0x4 | 0x10000000 | 0x08000000 | 0x04000000;
const ENTRY_SIZE = 4;
const ENTRIES_PER_READ = 256;

/** One instruction: its bytes in hexadecimal (as objdump prints them on arm64, too), and its text. */
type Instruction = readonly [bytes: string, text: string];

/** write(descriptor, siginfo, 4), then return; the restorer is rt_sigreturn(2). */
export const handlerCode = {
  x64: (descriptor: number): readonly Instruction[] => [
    [`bf${littleEndian(descriptor)}`, `mov edi,0x${descriptor.toString(16)}`],
    ["ba04000000", "mov edx,0x4"],
    ["b801000000", "mov eax,0x1"],
    ["0f05", "syscall"],
    ["c3", "ret"],
  ],
  arm64: (descriptor: number): readonly Instruction[] => [
    [littleEndian(0x52800000 + descriptor * 32), `mov w0, #0x${descriptor.toString(16)}`],
    ["820080d2", "mov x2, #0x4"],
    ["080880d2", "mov x8, #0x40"],
    ["010000d4", "svc #0x0"],
    ["c0035fd6", "ret"],
  ],
} as const;

/** x86-64 has no restorer in its vDSO; arm64 ignores the field's address and uses its own. */
export const restorerCode: readonly Instruction[] = [
  ["b80f000000", "mov eax,0xf"],
  ["0f05", "syscall"],
];
const RESTORER_OFFSET = 64;

function littleEndian(value: number): string {
  const bytes = [value, value >> 8, value >> 16, value >> 24];
  return bytes.map((byte) => (byte & 0xff).toString(16).padStart(2, "0")).join("");
}

/** The pipe and the handler's code. They stay for the life of the process: a thread may still be in the handler. */
interface Machinery {
  readonly read: number;
  readonly handler: number;
}

let machinery: Machinery | undefined;

function machineryOnce(): Machinery {
  machinery ??= makeMachinery();
  return machinery;
}

function makeMachinery(): Machinery {
  const ends = local.memory.alloc(8);
  local.call({ name: "pipe2", args: [ends, O_NONBLOCK_CLOEXEC], subject: "for signals" });
  const read = local.memory.getU32(ends);
  const write = local.memory.getU32(ends + 4);
  const page = new Memory(PAGE);
  const code = handlerCode[process.arch === "arm64" ? "arm64" : "x64"](write);
  page.bytes.set(assemble(code), 0);
  page.bytes.set(assemble(restorerCode), RESTORER_OFFSET);
  local.call({
    name: "mprotect",
    args: [page.address, PAGE, PROT_READ_EXEC],
    subject: "what catches signals",
  });
  return { read, handler: page.address };
}

function assemble(code: readonly Instruction[]): Uint8Array {
  const digits = code.map(([bytes]) => bytes).join("");
  return new Uint8Array(
    range(1, digits.length / 2).map((end) => Number(`0x${digits.slice(end * 2 - 2, end * 2)}`)),
  );
}

/**
 * Catches signals from the moment it is made until it is disposed of, whatever thread the kernel gives them to. Each
 * one that arrives can be taken once; `descriptor` is readable while there are any.
 */
export class SignalTrap implements Disposable {
  readonly #previous = new Map<number, Uint8Array>();
  readonly #machinery = machineryOnce();

  /** @param signals numbers; never those that the engine or libc handle themselves (they would lose their handlers) */
  constructor(signals: Iterable<number>) {
    for (const signal of signals) this.#previous.set(signal, exchange(signal, action(this.#machinery)));
  }

  /** Readable (poll(2)) while a signal waits to be taken. */
  get descriptor(): number {
    return this.#machinery.read;
  }

  /** The numbers of the signals that have arrived, oldest first. */
  take(): number[] {
    const length = ENTRIES_PER_READ * ENTRY_SIZE;
    const buffer = local.memory.alloc(length);
    const count = local.attempt({ name: "read", args: [this.descriptor, buffer, length] });
    if (count === -EAGAIN) return [];
    if (count < 0) throw new SyscallError("read", -count, "the signals that arrived");
    return range(0, count / ENTRY_SIZE - 1).map((index) => local.memory.getU32(buffer + index * ENTRY_SIZE));
  }

  /** Gives the signals back their former actions. */
  [Symbol.dispose](): void {
    for (const [signal, former] of this.#previous) exchange(signal, former);
    this.#previous.clear();
  }
}

/** The kernel's struct sigaction: handler, flags, restorer, mask. */
function action({ handler }: Machinery): Uint8Array {
  const bytes = new Uint8Array(SIGACTION_SIZE);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(handler), true);
  view.setBigUint64(8, BigInt(FLAGS), true);
  view.setBigUint64(16, BigInt(handler + RESTORER_OFFSET), true);
  view.setBigUint64(24, ALL_SIGNALS, true);
  return bytes;
}

function exchange(signal: number, next: Uint8Array): Uint8Array {
  const { memory } = local;
  const address = memory.data(next);
  const former = memory.alloc(SIGACTION_SIZE);
  local.call({ name: "rt_sigaction", args: [signal, address, former, SIGSET_SIZE], subject: String(signal) });
  return local.memory.read(former, SIGACTION_SIZE);
}
