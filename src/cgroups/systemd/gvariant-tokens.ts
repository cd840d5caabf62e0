/** A word of a text in GVariant's format. */
export interface Token {
  readonly kind: "string" | "bytes" | "number" | "word" | "signature" | "sign";
  /** As it stands there, quotes and all. */
  readonly text: string;
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\n": "",
};
const quoted = String.raw`'(?:[^'\\]|\\[^])*'|"(?:[^"\\]|\\[^])*"`;
const number = String.raw`[+-]?(?:0x[0-9a-fA-F]+|[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)(?![\w.])`;
/** In the order of Token's kinds; all are tried where the one before ended. */
const token = new RegExp(
  String.raw`\s*(?:(?<bytes>b(?:${quoted}))|(?<string>${quoted})|(?<number>${number})|(?<word>[a-z]+[0-9]*)(?!\w)` +
    String.raw`|@(?<signature>[a-z(){}]+)|(?<sign>[[\],]))`,
  "y",
);

/** @throws SyntaxError where the text is none of this format */
export function readTokens(text: string): Token[] {
  const end = text.trimEnd().length;
  const tokens: Token[] = [];
  token.lastIndex = 0;
  for (let position = 0; position < end; position = token.lastIndex) {
    const groups = token.exec(text)?.groups;
    if (groups === undefined)
      throw new SyntaxError(`unexpected ${JSON.stringify(text.slice(position).trim())}`);
    for (const [kind, found] of Object.entries(groups)) {
      if (found !== undefined) tokens.push({ kind: kind as Token["kind"], text: found });
    }
  }
  return tokens;
}

/**
 * The text between quotes. `\u` and `\U` are followed by 4 and 8 hexadecimal digits.
 * @throws SyntaxError for what no string of D-Bus can have in it: bytes of 0, and what is not UTF-8
 */
export function unquoteText(text: string): string {
  const unquoted = text
    .slice(1, -1)
    .replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/gsu, (written, short, long, letter) => {
      const code = Number.parseInt(short ?? long, 16);
      if (Number.isNaN(code) && letter !== "u" && letter !== "U") return escapes[letter] ?? letter;
      if (code <= 0x10ffff) return String.fromCodePoint(code);
      throw new SyntaxError(`${JSON.stringify(written)} is no character`);
    });
  if (unquoted.includes("\0") || /\p{Surrogate}/u.test(unquoted)) {
    throw new SyntaxError(`${JSON.stringify(unquoted)} has characters in it that no text can have`);
  }
  return unquoted;
}

/** The bytes of b'…', which are ASCII or octal escapes; a byte of 0 ends them in D-Bus. */
export function unquoteBytes(text: string): Uint8Array {
  const characters = text.slice(2, -1).replace(/\\(?:([0-7]{1,3})|(.))/gs, (_, octal, letter) => {
    return octal === undefined
      ? (escapes[letter] ?? letter)
      : String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
  });
  const bytes = [...characters].map((character) => character.charCodeAt(0));
  if (bytes.some((byte) => byte > 0xff))
    throw new SyntaxError("a string of bytes with letters that are none");
  return Uint8Array.from([...bytes, 0]);
}
