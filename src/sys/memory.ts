import { TsrunError } from "../base/errors.ts";
import { syscall6, viewMemory } from "./koffi.ts";
import { numberOf } from "./numbers.ts";
import { SyscallError } from "./syscall-error.ts";

const PROT_READ_WRITE = 3;
const MAP_SHARED_ANONYMOUS_NORESERVE = 0x1 | 0x20 | 0x4000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes of scratch space that `Memory.strings` takes for these at most, its pointers included. */
export function stringsSize(texts: readonly string[]): number {
  return texts.reduce((total, text) => total + ((text.length * 3 + 8) & ~7) + 8, 8);
}

/**
 * A shared anonymous mapping that holds what system calls point at: strings, structures, records. The same address
 * is valid in this process and in every child cloned after it was made (mmap(2), MAP_SHARED).
 *
 * `alloc` hands out scratch space that the next `recycle` takes back; `keep` hands out space that stays.
 */
export class Memory {
  readonly address: number;
  readonly size: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly words: Int32Array;
  #low: number;
  #high: number;
  #start: number;

  /** @param size bytes, a multiple of the page size; pages are only charged once touched */
  constructor(size: number) {
    const address = syscall6(numberOf("mmap"), [
      0,
      size,
      PROT_READ_WRITE,
      MAP_SHARED_ANONYMOUS_NORESERVE,
      -1,
      0,
    ]);
    if (address < 0) throw new SyscallError("mmap", -address, `${size} bytes`);
    this.address = address;
    this.size = size;
    const buffer = viewMemory(address, size);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.words = new Int32Array(buffer);
    this.#low = 0;
    this.#start = 0;
    this.#high = size;
  }

  /** Scratch space, 8-byte aligned and zeroed; returns its address. */
  alloc(length: number): number {
    const address = this.space(length);
    const offset = address - this.address;
    this.bytes.fill(0, offset, offset + ((length + 7) & ~7));
    return address;
  }

  /** Scratch space, 8-byte aligned, that holds anything: for what is overwritten whole. */
  space(length: number): number {
    const offset = this.#low;
    const end = offset + ((length + 7) & ~7);
    if (end > this.#high) throw new TsrunError(`shared memory of ${this.size} bytes is exhausted`);
    this.#low = end;
    return this.address + offset;
  }

  /** Space that `recycle` leaves alone, page-aligned when `align` says so; returns its address. */
  keep(length: number, align = 8): number {
    const offset = Math.floor((this.#high - length) / align) * align;
    if (offset < this.#low) throw new TsrunError(`shared memory of ${this.size} bytes is exhausted`);
    this.#high = offset;
    return this.address + offset;
  }

  /** Takes back all scratch space; addresses handed out by `alloc` are void. */
  recycle(): void {
    this.#low = this.#start;
  }

  /** Makes what has been allocated so far survive `recycle`. */
  pin(): void {
    this.#start = this.#low;
  }

  /** Offset of an address in this mapping. */
  offset(address: number): number {
    return address - this.address;
  }

  /** A NUL-terminated copy of `text` in scratch space. @throws TsrunError when it holds a NUL itself */
  string(text: string): number {
    if (text.includes("\0")) throw new TsrunError(`${JSON.stringify(text)} contains a NUL byte`);
    const offset = this.#low;
    const { read, written } = encoder.encodeInto(text, this.bytes.subarray(offset, this.#high - 1));
    // Where there is none left, an empty text would still have had its end written, into what is kept behind.
    if (read < text.length || offset === this.#high) {
      throw new TsrunError(`shared memory of ${this.size} bytes is exhausted`);
    }
    this.bytes[offset + written] = 0;
    this.#low = offset + ((written + 8) & ~7);
    return this.address + offset;
  }

  /** A copy of `data` in scratch space. */
  data(data: Uint8Array): number {
    const address = this.space(data.length);
    this.bytes.set(data, address - this.address);
    return address;
  }

  /** A NULL-terminated array of pointers to NUL-terminated strings, as execve(2) takes it. */
  strings(texts: readonly string[]): number {
    const addresses = texts.map((text) => this.string(text));
    const array = this.alloc((addresses.length + 1) * 8);
    for (const [index, address] of addresses.entries()) this.setAddress(array + index * 8, address);
    return array;
  }

  /** Stores an integer below 2^53 as 64 bits. Typed arrays: the engine runs most of this once, uncompiled. */
  setAddress(address: number, value: number): void {
    const index = (address - this.address) / 4;
    this.words[index] = value;
    this.words[index + 1] = value >= 0 ? value / 4294967296 : Math.floor(value / 4294967296);
  }

  setU32(address: number, value: number): void {
    this.words[(address - this.address) / 4] = value;
  }

  getU32(address: number): number {
    return (this.words[(address - this.address) / 4] ?? 0) >>> 0;
  }

  getI32(address: number): number {
    return this.words[(address - this.address) / 4] ?? 0;
  }

  /** A signed 64-bit integer below 2^53: what `setAddress` stores, or a result. */
  getAddress(address: number): number {
    return this.getI32(address + 4) * 4294967296 + this.getU32(address);
  }

  setU64(address: number, value: bigint): void {
    this.view.setBigUint64(address - this.address, value, true);
  }

  getU64(address: number): bigint {
    return this.view.getBigUint64(address - this.address, true);
  }

  /** A copy of the bytes at `address`. */
  read(address: number, length: number): Uint8Array {
    return this.bytes.slice(address - this.address, address - this.address + length);
  }

  /** The text of `length` bytes at `address`. */
  text(address: number, length: number): string {
    return decoder.decode(this.read(address, length));
  }

  /** Gives the mapping back to the kernel; every address in it is void. */
  unmap(): void {
    syscall6(numberOf("munmap"), [this.address, this.size]);
  }
}
