/** A number as it is spelled: `1e999`, `18446744073709551616`. */
export class Spelled {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

/** What a document is made of; numbers that no double holds keep their spelling. */
export type Json = null | boolean | number | string | Spelled | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json;
}

/** The text of a value, as JSON.stringify writes it. */
export function write(value: Json): string {
  if (value instanceof Spelled) return value.digits;
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`);
  return `{${members.join(",")}}`;
}

/** Whether a value is an object, not a list. */
export function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Spelled);
}

/** A copy of `value` with what `change` makes of the member at `path`; objects on the way are made. */
export function changed(
  value: Json | undefined,
  path: readonly string[],
  change: (old?: Json) => Json,
): Json {
  const [name, ...rest] = path;
  if (name === undefined) return change(value);
  const object = isObject(value) ? value : {};
  // A property called __proto__ is one like any other.
  const copy = Object.fromEntries(Object.entries(object));
  const member = Object.hasOwn(object, name) ? object[name] : undefined;
  Object.defineProperty(copy, name, {
    value: changed(member, rest, change),
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return copy;
}
