/**
 * A value of D-Bus with its type's signature (D-Bus specification, "Type System"). 64-bit integers are bigints, and the
 * members of `a(st)` and `a(ss)` are pairs.
 */
export type BusValue =
  | { readonly type: "b"; readonly value: boolean }
  | { readonly type: "i" | "u" | "d"; readonly value: number }
  | { readonly type: "x" | "t"; readonly value: bigint }
  | { readonly type: "s" | "o"; readonly value: string }
  | { readonly type: "ay"; readonly value: Uint8Array }
  | { readonly type: "au"; readonly value: readonly number[] }
  | { readonly type: "as"; readonly value: readonly string[] }
  | { readonly type: "a(ss)"; readonly value: readonly (readonly [string, string])[] }
  | { readonly type: "a(st)"; readonly value: readonly (readonly [string, bigint])[] };

/** What a method is called with: a value, named values of any type, or systemd's auxiliary units, of which there are none. */
export type BusArgument =
  | BusValue
  | { readonly type: "a(sv)"; readonly value: readonly (readonly [string, BusValue])[] }
  | { readonly type: "a(sa(sv))"; readonly value: readonly [] };
