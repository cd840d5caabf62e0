import { readTokens, type Token, unquoteBytes, unquoteText } from "./gvariant-tokens.ts";

/** A value in GVariant's text format (its documentation, "GVariant Text Format"), before it is known what it is for. */
export type Literal =
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "fraction"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "bytes"; readonly value: Uint8Array }
  | { readonly kind: "array"; readonly items: readonly Literal[] };

/** Integer types of D-Bus by their letters. */
const integers: Readonly<Record<string, { readonly bits: number; readonly signed: boolean }>> = {
  y: { bits: 8, signed: false },
  n: { bits: 16, signed: true },
  q: { bits: 16, signed: false },
  i: { bits: 32, signed: true },
  u: { bits: 32, signed: false },
  x: { bits: 64, signed: true },
  t: { bits: 64, signed: false },
};
const letters: Readonly<Record<string, string>> = {
  boolean: "b",
  byte: "y",
  int16: "n",
  uint16: "q",
  int32: "i",
  uint32: "u",
  int64: "x",
  uint64: "t",
  double: "d",
  string: "s",
  objectpath: "o",
  signature: "g",
};

/**
 * Reads a value: true, 10, -0x1f, 1.5, 'text', "text", b'bytes', ['a', 'b'], with its type before it if need be (uint64 5,
 * @as []). Tuples, dictionaries, variants and arrays of arrays are not read: no property that may be set has their types.
 * @throws SyntaxError that says what is wrong, as a phrase
 */
export function parseVariant(text: string): Literal {
  // The last first: an array gives up its last member at once, its first by moving all others.
  const tokens = readTokens(text).reverse();
  const literal = readTyped(tokens, true);
  if (tokens.length > 0)
    throw new SyntaxError(`unexpected ${JSON.stringify(tokens.at(-1)?.text)} after the value`);
  return literal;
}

/** Whether a number is one of an integer type of D-Bus. */
export function fits(value: bigint, type: string): boolean {
  const integer = integers[type];
  if (integer === undefined) return false;
  return (
    value === (integer.signed ? BigInt.asIntN(integer.bits, value) : BigInt.asUintN(integer.bits, value))
  );
}

/** Takes the tokens of a value, and of its type, which are the last of the list. */
function readTyped(tokens: Token[], mayBeArray: boolean): Literal {
  const type = readType(tokens);
  const literal = readLiteral(tokens, mayBeArray);
  if (type !== undefined && !isOf(literal, type))
    throw new SyntaxError(`the value is not of the type ${type}`);
  return literal;
}

function readType(tokens: Token[]): string | undefined {
  const first = tokens.at(-1);
  const isWord = first?.kind === "word" && first.text !== "true" && first.text !== "false";
  if (first === undefined || !(isWord || first.kind === "signature")) return undefined;
  tokens.pop();
  if (!isWord) return first.text;
  const letter = letters[first.text];
  if (letter !== undefined) return letter;
  throw new SyntaxError(
    `unknown type ${JSON.stringify(first.text)} (text stands in quotes: '${first.text}')`,
  );
}

function readLiteral(tokens: Token[], mayBeArray: boolean): Literal {
  const token = tokens.pop();
  if (token === undefined) throw new SyntaxError("a value is missing");
  const { kind, text } = token;
  if (kind === "string") return { kind, value: unquoteText(text) };
  if (kind === "bytes") return { kind, value: unquoteBytes(text) };
  if (kind === "number") return readNumber(text);
  if (kind === "word" && (text === "true" || text === "false"))
    return { kind: "boolean", value: text === "true" };
  if (text === "[" && mayBeArray) return { kind: "array", items: readItems(tokens) };
  throw new SyntaxError(`unexpected ${JSON.stringify(text)}`);
}

function readItems(tokens: Token[]): Literal[] {
  const items: Literal[] = [];
  while (tokens.at(-1)?.text !== "]") {
    if (items.length > 0 && tokens.pop()?.text !== ",")
      throw new SyntaxError('"," or "]" is missing in an array');
    items.push(readTyped(tokens, false));
  }
  tokens.pop();
  return items;
}

/** As C reads numbers: 0x before hexadecimal digits, 0 before octal ones. */
function readNumber(text: string): Literal {
  const digits = text.replace(/^[+-]/, "");
  if (!/^0x/.test(digits) && /[.eE]/.test(digits)) return { kind: "fraction", value: Number(text) };
  const isOctal = /^0[0-9]/.test(digits);
  if (isOctal && /[89]/.test(digits)) throw new SyntaxError(`${text} begins as an octal number does`);
  const value = BigInt(isOctal ? `0o${digits}` : digits);
  return { kind: "integer", value: text.startsWith("-") ? -value : value };
}

function isOf(literal: Literal, type: string): boolean {
  switch (literal.kind) {
    case "boolean":
      return type === "b";
    case "integer":
      return type === "d" || fits(literal.value, type);
    case "fraction":
      return type === "d";
    case "string":
      return ["s", "o", "g"].includes(type);
    case "bytes":
      return type === "ay";
    default:
      return type.startsWith("a") && literal.items.every((item) => isOf(item, type.slice(1)));
  }
}
