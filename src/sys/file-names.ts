import { local } from "./local.ts";

// The names of files are bytes. Those of a name that is no UTF-8 stand in a string as U+DC80 to U+DCFF, surrogates that no
// UTF-8 has: so such a file can be found again, which a container could else hide something behind.

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ESCAPE = 0xdc00;
const FIRST_ESCAPED = 0x80;
/** Surrogates that are half of no pair. */
const escaped = /[\udc80-\udcff]/u;

/** The name that the kernel has given as bytes. */
export function decodeName(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    return String.fromCharCode(...Array.from(bytes, (byte) => (byte < FIRST_ESCAPED ? byte : ESCAPE | byte)));
  }
}

/** Puts a path where a call of this process finds it. @returns its address, as `memory.string` does */
export function pathAddress(path: string): number {
  const { memory } = local;
  if (!escaped.test(path)) return memory.string(path);
  const encoder = new TextEncoder();
  const bytes = Array.from(path, (letter) => {
    return escaped.test(letter) ? [letter.charCodeAt(0) & 0xff] : [...encoder.encode(letter)];
  });
  return memory.data(Uint8Array.from([...bytes.flat(), 0]));
}
