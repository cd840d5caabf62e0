/**
 * A module (or anything dear) that is made at its first use and kept.
 *
 * `lazy(() => require("./heavy.ts") as typeof import("./heavy.ts"))`: esbuild turns such a call into a synchronous
 * initialiser inside the same bundle, so nothing of the module runs at boot (design.md, D5).
 */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
