import type { Executor } from "./executor.ts";

/** struct new_utsname: six texts of 65 bytes, the third is the release. */
const [FIELD, FIELDS, RELEASE] = [65, 6, 2];

/** The kernel's release (uname(2)): `6.1.0-18-amd64`. */
export function kernelRelease(k: Executor): string {
  const buffer = k.memory.alloc(FIELD * FIELDS);
  k.call({ name: "uname", args: [buffer] });
  const text = k.memory.text(buffer + RELEASE * FIELD, FIELD);
  return text.slice(0, text.indexOf("\0"));
}
