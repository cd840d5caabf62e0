import type { TimeOffsets } from "../oci/types.ts";

/** The text of /proc/PID/timens_offsets (time_namespaces(7)): clock, seconds, nanoseconds. */
export function timeOffsetsText(offsets: TimeOffsets): string {
  return Object.entries(offsets)
    .filter(([, offset]) => offset !== undefined)
    .map(([clock, offset]) => `${clock} ${offset.secs ?? 0} ${offset.nanosecs ?? 0}\n`)
    .join("");
}
