/** A length as 16 bits hold it. */
export function wrapped(length: number): number {
  return length % 65_536;
}
