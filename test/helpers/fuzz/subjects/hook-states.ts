import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { hookState } from "../../../../src/hooks/state.ts";
import { hookKinds } from "../../../../src/oci/hook-kinds.ts";
import { faultOf } from "../fault.ts";
import { hostileStrings } from "../hostile.ts";
import { type Subject, subject } from "../subject.ts";

const states = fc.record(
  {
    ociVersion: hostileStrings,
    id: hostileStrings,
    pid: fc.nat(2 ** 22),
    bundle: hostileStrings,
    annotations: fc.dictionary(hostileStrings, hostileStrings, { maxKeys: 5 }),
  },
  { requiredKeys: ["ociVersion", "id", "bundle"] },
);

/** What hooks read: one JSON text in one line, which says what it was made of. */
export function hookStates(): Subject {
  return subject(fc.tuple(fc.constantFrom(...hookKinds), states), ([kind, state]) =>
    faultOf(
      () => hookState(kind, state),
      (text) => {
        if (/[\n\0]/.test(text)) return "is more than one line";
        const { status, ...read } = JSON.parse(text) as Record<string, unknown>;
        if (typeof status !== "string") return "has no status";
        return isDeepStrictEqual(read, { ...structuredClone(state) }) ? undefined : `says ${text}`;
      },
    ),
  );
}
