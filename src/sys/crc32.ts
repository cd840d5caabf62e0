import { lazy } from "../base/lazy.ts";

type Crc32 = (text: string) => number;

/** Bun's own, where this is Bun; node:zlib would have to be loaded. */
const bun = (globalThis as { Bun?: { hash: { crc32: Crc32 } } }).Bun;
const zlib = lazy(() => require("node:zlib") as { crc32: Crc32 });

/** CRC-32 (ISO 3309) of a text's UTF-8. */
export function crc32(text: string): number {
  return bun === undefined ? zlib().crc32(text) : bun.hash.crc32(text);
}
