/** What tsrun uses of `bun:ffi`, typed; the module itself exists only in Bun. */

type Argument = "ptr" | "i32" | "u32" | "i64" | "u64";

interface Values {
  ptr: number | null;
  i32: number;
  u32: number;
  i64: number | bigint;
  u64: number | bigint;
}

interface Signature {
  readonly args: readonly Argument[];
  readonly returns: "i32" | "i64";
}

type ArgumentValues<A extends readonly Argument[]> = {
  -readonly [I in keyof A]: A[I] extends Argument ? Values[A[I]] : never;
};

type Callable<S extends Signature> = (...args: ArgumentValues<S["args"]>) => Values[S["returns"]];

/** Functions of a shared library, by name. */
export declare function dlopen<const S extends Record<string, Signature>>(
  library: string,
  functions: S,
): { readonly symbols: { readonly [Name in keyof S]: Callable<S[Name]> } };

/** Address of a buffer's first byte, valid while the buffer lives and isn't resized. */
export declare function ptr(buffer: Uint8Array): number;
