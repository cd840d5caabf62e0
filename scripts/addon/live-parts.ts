/** Offset and length of a part of a file, in bytes. */
export type Part = readonly [offset: number, length: number];

const PAGE = 4096;
/** A gap costs two system calls: as much as copying some pages. */
const MIN_GAP = 16 * PAGE;

/**
 * The parts of a file that a copy of it must write; the rest is zeros and stays a hole. The last part ends where the file
 * does, so that the copy has its length.
 */
export function liveParts(file: Buffer): Part[] {
  const parts: Part[] = [];
  let start = 0;
  for (let at = 0; at < file.length; ) {
    const gap = zerosFrom(file, at);
    if (gap >= MIN_GAP && at + gap < file.length) {
      if (at > start) {
        parts.push([start, at - start]);
      }
      start = at + gap;
    }
    at += Math.max(gap, PAGE);
  }
  return [...parts, [start, file.length - start]];
}

/** Bytes in the zero pages that begin at `at`. */
function zerosFrom(file: Buffer, at: number): number {
  let end = at;
  while (end < file.length && file.subarray(end, end + PAGE).every((byte) => byte === 0)) {
    end += PAGE;
  }
  return end - at;
}
