import { TsrunError } from "../base/errors.ts";

/**
 * Classic BPF (kernel: Documentation/networking/filter.rst, linux/bpf_common.h), as seccomp(2) takes it: one accumulator,
 * jumps forward only. Of the instructions only those that a filter of system calls needs.
 */
const LOAD_WORD = 0x20;
const RETURN = 0x06;
const AND = 0x54;
const JUMP = 0x05;

/** Comparisons of the accumulator against a constant, unsigned. */
export const compare = { equal: 0x15, greater: 0x25, greaterOrEqual: 0x35, anyBit: 0x45 } as const;
export type Comparison = (typeof compare)[keyof typeof compare];

export const INSTRUCTION_SIZE = 8;
/** Most instructions of a program (BPF_MAXINSNS). */
const MAX_INSTRUCTIONS = 4096;
/** How far a conditional jump goes: its offsets are bytes. */
const REACH = 255;
/** How near an instruction must be to be used again instead of being written anew. */
const NEAR = 128;

/** An instruction that was written, counted from the program's end. */
export type Label = number;

/**
 * Writes a program from its end to its beginning, so that the target of every jump is known when the jump is written.
 * Each call writes one instruction in front of what there is, with what it needs to get to its targets: a jump of 32
 * bits where they are out of a conditional jump's reach.
 */
export class ClassicProgram {
  /** struct sock_filter on a little-endian machine, two words each: code and offsets, the value. Filled from its end. */
  readonly #words = new Uint32Array(2 * MAX_INSTRUCTIONS);
  #count = 0;
  readonly #returns = new Map<number, Label>();

  /** Ends the program with `value`. */
  return(value: number): Label {
    const written = this.#returns.get(value);
    if (written !== undefined && this.#count - written < NEAR) return written;
    const label = this.#write(RETURN, value);
    this.#returns.set(value, label);
    return label;
  }

  /** Goes to `yes` or `no` by a comparison of the accumulator. */
  branch(kind: Comparison, value: number, yes: Label, no: Label): Label {
    if (yes === no) return yes;
    const far = this.#within(yes, REACH - 1);
    const near = this.#within(no, REACH);
    const last = this.#count - 1;
    return this.#write(kind | ((last - far) << 16) | ((last - near) << 24), value);
  }

  /** Loads the 32 bits at `offset` of the data, then goes on at `next`. */
  load(offset: number, next: Label): Label {
    this.#within(next, 0);
    return this.#write(LOAD_WORD, offset);
  }

  /** Keeps the accumulator's bits that are in `mask`, then goes on at `next`. */
  and(mask: number, next: Label): Label {
    this.#within(next, 0);
    return this.#write(AND, mask);
  }

  /**
   * The program from its beginning, which is what was written last.
   * @param bigEndian the order of bytes on the machine that it is for
   * @throws TsrunError when the kernel would not take it
   */
  finish(bigEndian = false): Uint8Array {
    if (this.#count > MAX_INSTRUCTIONS) {
      throw new TsrunError(
        `the filter has ${this.#count} instructions, more than the ${MAX_INSTRUCTIONS} of BPF`,
      );
    }
    const words = this.#words.slice(2 * (MAX_INSTRUCTIONS - this.#count));
    const program = new Uint8Array(words.buffer);
    return bigEndian ? swapped(program) : program;
  }

  /** A label for `target` that lies at most `distance` instructions behind the one that is written next. */
  #within(target: Label, distance: number): Label {
    const last = this.#count - 1;
    if (last - target <= distance) return target;
    const at = this.#place(target);
    const isReturn = this.#words[at] === RETURN;
    return isReturn ? this.#write(RETURN, this.#words[at + 1] ?? 0) : this.#write(JUMP, last - target);
  }

  /** Where an instruction is in the words. What there is no room for is counted, and refused in the end. */
  #place(label: Label): number {
    return 2 * (MAX_INSTRUCTIONS - 1 - label);
  }

  #write(head: number, value: number): Label {
    const label = this.#count++;
    const at = this.#place(label);
    this.#words[at] = head;
    this.#words[at + 1] = value;
    return label;
  }
}

/** Instructions in the other order of bytes. */
function swapped(program: Uint8Array): Uint8Array {
  const view = new DataView(program.buffer);
  for (let at = 0; at < program.length; at += INSTRUCTION_SIZE) {
    view.setUint16(at, view.getUint16(at, true));
    view.setUint32(at + 4, view.getUint32(at + 4, true));
  }
  return program;
}
