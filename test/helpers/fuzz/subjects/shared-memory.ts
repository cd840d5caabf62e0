import fc from "fast-check";
import { Memory, stringsSize } from "../../../../src/sys/memory.ts";
import { faultOf } from "../fault.ts";
import { type Subject, subject } from "../subject.ts";

const SIZE = 8192;
const encoder = new TextEncoder();

const texts = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => text.replaceAll("\0", "0")),
  fc
    .tuple(fc.constantFrom("a", "é", "€", "😀"), fc.nat(9000))
    .map(([letter, length]) => letter.repeat(length)),
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("string" as const), text: texts }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("alloc" as const), length: fc.nat(3000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("keep" as const), length: fc.nat(600) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("data" as const), length: fc.nat(9000) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("strings" as const), list: fc.array(texts, { maxLength: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("recycle" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** A piece of memory with what must stay in it. */
interface Piece {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly stays: boolean;
}

const filled = (length: number): Uint8Array => new Uint8Array(length).fill(length % 251);
const terminated = (text: string): Uint8Array => encoder.encode(`${text}\0`);

function put(memory: Memory, address: number, bytes: Uint8Array): void {
  memory.bytes.set(bytes, memory.offset(address));
}

function take(memory: Memory, each: Step): Piece[] {
  switch (each.kind) {
    case "string":
      return [{ address: memory.string(each.text), bytes: terminated(each.text), stays: false }];
    case "data": {
      const bytes = filled(each.length);
      return [{ address: memory.data(bytes), bytes, stays: false }];
    }
    case "strings": {
      const array = memory.strings(each.list);
      const pointers = each.list.map((_, index) => memory.getAddress(array + index * 8));
      if (memory.getAddress(array + each.list.length * 8) !== 0) throw new Error("the list has no end");
      return pointers.map((address, index) => ({
        address,
        bytes: terminated(each.list[index] ?? ""),
        stays: false,
      }));
    }
    case "recycle":
      memory.recycle();
      return [];
    default: {
      const { length, kind } = each;
      const address = kind === "keep" ? memory.keep(length) : memory.alloc(length);
      if (kind === "alloc" && memory.read(address, length).some((byte) => byte !== 0))
        throw new Error("is not zeroed");
      const bytes = filled(length);
      put(memory, address, bytes);
      return [{ address, bytes, stays: kind === "keep" }];
    }
  }
}

/** Bytes that a step may need at most; so many must be enough. */
function most(each: Step): number {
  if (each.kind === "string") return stringsSize([each.text]);
  if (each.kind === "strings") return stringsSize(each.list);
  return each.kind === "recycle" ? 0 : each.length + 8;
}

/** What is wrong with what lies in memory by now, if anything. */
function faultIn(memory: Memory, pieces: readonly Piece[]): string | undefined {
  for (const { address, bytes } of pieces) {
    if (address % 8 !== 0) return `${address} is not aligned`;
    if (Buffer.compare(memory.read(address, bytes.length), bytes) !== 0)
      return "what was there is overwritten";
  }
  return undefined;
}

function carryOut(memory: Memory, steps: readonly Step[]): string | undefined {
  let pieces: Piece[] = [];
  let [kept, used] = [0, 0];
  for (const each of steps) {
    const needs = most(each);
    let done = false;
    const fault = faultOf(() => {
      pieces.push(...take(memory, each));
      done = true;
    });
    if (fault !== undefined) return fault;
    if (!done && kept + used + needs <= SIZE) return `${needs} bytes are refused of ${SIZE - kept - used}`;
    if (each.kind === "keep") kept += done ? needs : 0;
    else used += needs;
    if (each.kind === "recycle") {
      pieces = pieces.filter(({ stays }) => stays);
      used = 0;
    }
    const found = faultIn(memory, pieces);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The memory that a hand and its parent share: nothing overlaps, and its end is an error that says so. */
export function sharedMemory(): Subject {
  return subject(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
    const memory = new Memory(SIZE);
    try {
      return carryOut(memory, steps);
    } finally {
      memory.unmap();
    }
  });
}
