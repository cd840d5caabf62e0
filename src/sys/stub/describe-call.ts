import type { Call } from "../executor.ts";
import { isSlot } from "../slots.ts";

/** A call for the debug log: `openat("/dev/pts")`. */
export function describe({ name, subject, args }: Call): string {
  return `${name}(${subject ?? args.map((argument) => (isSlot(argument) ? "fd" : argument)).join(", ")})`;
}
