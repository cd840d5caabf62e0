import { describeValue } from "./schema-faults.ts";

/** A range of CPUs or memory nodes; both ends belong to it. */
export interface CpuRange {
  readonly first: number;
  readonly last: number;
}

/** Highest number of a CPU: the kernel is built for 8192 at most (NR_CPUS); a longer mask is cut, not refused. */
export const LAST_CPU = 65535;

/** Highest number of a memory node (MAX_NUMNODES is 2^10 at most). */
export const LAST_NODE = 1023;

/**
 * Reads a list as the kernel writes it (cpuset(7), "List format"): numbers and ranges with commas between them. Empty
 * elements and spaces around elements are passed over, as runc does.
 * @param last the highest number that may occur
 * @returns the ranges, none for a list without elements; or what is wrong, as a phrase
 */
export function parseCpuList(text: string, last: number): readonly CpuRange[] | string {
  const ranges: CpuRange[] = [];
  for (const element of text.split(",").map((part) => part.trim())) {
    if (element === "") continue;
    const [, first = "", end = first] = /^(\d+)(?:-(\d+))?$/.exec(element) ?? [];
    if (first === "") return `must be numbers and ranges such as "0-3,7", found ${describeValue(text)}`;
    const range = { first: Number(first), last: Number(end) };
    if (range.first > range.last) return `has a range that ends before it begins: ${describeValue(element)}`;
    if (range.last > last) return `must not name numbers above ${last}, found ${describeValue(element)}`;
    ranges.push(range);
  }
  return ranges;
}

/** The ranges as a bit mask of whole 64-bit words, the lowest bit of the first byte for number 0. */
export function bitMask(ranges: readonly CpuRange[]): Uint8Array {
  const bits = ranges.reduce((highest, { last }) => Math.max(highest, last + 1), 0);
  const mask = new Uint8Array(Math.ceil(bits / 64) * 8);
  for (const { first, last } of ranges) setBits(mask, first, last);
  return mask;
}

/** Whole bytes at once: a list may name the same thousands of numbers again and again. */
function setBits(mask: Uint8Array, first: number, last: number): void {
  const [from, to] = [first >> 3, last >> 3];
  const [head, tail] = [(0xff << (first & 7)) & 0xff, 0xff >> (7 - (last & 7))];
  mask[from] = (mask[from] ?? 0) | (from === to ? head & tail : head);
  if (from === to) return;
  mask.fill(0xff, from + 1, to);
  mask[to] = (mask[to] ?? 0) | tail;
}
