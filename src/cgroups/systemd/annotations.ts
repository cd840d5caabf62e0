import { TsrunError } from "../../base/errors.ts";
import { pointerToken } from "../../oci/fault.ts";
import {
  allowedProperties,
  allowedType,
  annotationPrefix,
  type PropertyType,
  refusalReason,
} from "./allowed-properties.ts";
import { fits, type Literal, parseVariant } from "./gvariant.ts";
import type { PropertyValue, UnitProperty } from "./property.ts";

const MICROSECONDS = 1_000_000;

const wanted: Readonly<Record<PropertyType, string>> = {
  b: "true or false",
  i: "a whole number of 32 bits",
  u: "a whole number from 0 to 4294967295",
  t: "a whole number from 0 to 18446744073709551615",
  s: "text in quotes, such as 'text'",
  as: "a list of texts, such as ['a.service', 'b.service']",
  ay: "bytes, such as [byte 0x03]",
};

/**
 * The properties of a unit that annotations of config.json ask for, in their order. A name that ends in Sec, as it stands
 * in manual pages, is that of the property in microseconds with a value in seconds; so does runc.
 * @throws TsrunError that names the annotation
 */
export function annotatedProperties(annotations: Readonly<Record<string, string>> = {}): UnitProperty[] {
  return Object.entries(annotations).flatMap(([key, text]) => {
    if (!key.startsWith(annotationPrefix)) return [];
    const written = key.slice(annotationPrefix.length);
    const name = written.replace(/(?<=[a-z])Sec$/, "USec");
    return [{ name, value: readValue(key, text, typeOf(key, name), name !== written) }];
  });
}

function typeOf(key: string, name: string): PropertyType {
  if (!/^[A-Za-z]{3,}$/.test(name)) {
    throw failure(key, `annotation ${key} name incorrect`, "a property's name is three letters or more");
  }
  const type = allowedType(name);
  if (type !== undefined) return type;
  const names = Object.keys(allowedProperties).sort().join(", ");
  throw failure(
    key,
    `annotation ${key} is not allowed: ${refusalReason(name)}`,
    `annotations may set ${names}`,
  );
}

function readValue(key: string, text: string, type: PropertyType, inSeconds: boolean): PropertyValue {
  try {
    const literal = parseVariant(text);
    const value = convert(inSeconds ? toMicroseconds(literal) : literal, type);
    if (value !== undefined) return value;
    throw new SyntaxError(`expected ${inSeconds ? "a number of seconds" : wanted[type]}`);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw failure(
      key,
      `annotation ${key}=${text} value parse error: ${error.message}`,
      `it takes ${wanted[type]}`,
    );
  }
}

function failure(key: string, message: string, hint: string): TsrunError {
  return new TsrunError(message, { pointer: `/annotations/${pointerToken(key)}`, hint });
}

/** Numbers alone become others: whatever else it is, is then refused by its type. */
function toMicroseconds(literal: Literal): Literal {
  if (literal.kind === "integer") return { kind: "integer", value: literal.value * BigInt(MICROSECONDS) };
  if (literal.kind !== "fraction" || !Number.isFinite(literal.value)) return literal;
  return { kind: "integer", value: BigInt(Math.trunc(literal.value * MICROSECONDS)) };
}

/** Any integer is taken for any integer type that it is in: a plain 10 is meant as what is wanted. */
function convert(literal: Literal, type: PropertyType): PropertyValue | undefined {
  switch (type) {
    case "b":
      return literal.kind === "boolean" ? { type, value: literal.value } : undefined;
    case "t":
      return literal.kind === "integer" && fits(literal.value, type)
        ? { type, value: literal.value }
        : undefined;
    case "i":
    case "u":
      return literal.kind === "integer" && fits(literal.value, type)
        ? { type, value: Number(literal.value) }
        : undefined;
    case "s":
      return literal.kind === "string" ? { type, value: literal.value } : undefined;
    case "ay":
      return bytesOf(literal);
    default:
      return textsOf(literal);
  }
}

function bytesOf(literal: Literal): PropertyValue | undefined {
  if (literal.kind === "bytes") return { type: "ay", value: literal.value };
  if (literal.kind !== "array") return undefined;
  const bytes = literal.items.flatMap((item) =>
    item.kind === "integer" && fits(item.value, "y") ? [item.value] : [],
  );
  if (bytes.length < literal.items.length) return undefined;
  return { type: "ay", value: Uint8Array.from(bytes, Number) };
}

function textsOf(literal: Literal): PropertyValue | undefined {
  if (literal.kind !== "array") return undefined;
  const texts = literal.items.flatMap((item) => (item.kind === "string" ? [item.value] : []));
  return texts.length < literal.items.length ? undefined : { type: "as", value: texts };
}
