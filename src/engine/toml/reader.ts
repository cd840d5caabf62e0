import { TsrunError } from "../../base/errors.ts";
import { MAX_DEPTH } from "../text-edit.ts";

/** A value with its place in the text. */
export type TomlValue = { readonly start: number; readonly end: number } & (
  | { readonly kind: "string"; readonly value: string }
  /** Numbers, booleans, dates: as they are written. */
  | { readonly kind: "bare"; readonly value: string }
  | { readonly kind: "array"; readonly items: readonly TomlValue[] }
  | { readonly kind: "table"; readonly pairs: readonly TomlPair[] }
);

/** A key, which may be dotted, and its value. */
export interface TomlPair {
  readonly keys: readonly string[];
  readonly start: number;
  readonly value: TomlValue;
}

const bareKey = /[A-Za-z0-9_-]+/y;
const blanks = /[ \t]*/y;
const newline = /\r?\n/y;
// Control characters but the tab are allowed nowhere.
const comment = /#[\t -~\u0080-\u{10ffff}]*/uy;
const basicText = /[\t !#-[\]-~\u0080-\u{10ffff}]+/uy;
const literalText = /[\t -&(-~\u0080-\u{10ffff}]+/uy;
const escapeSequence = /\\(?:([btnfr"\\])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/y;
const foldedLine = /\\[ \t]*(?:\r?\n)(?:[ \t]|\r?\n)*/y;

const day = "\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])";
const time = "(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?";
const digits = "\\d(?:_?\\d)*";
const bareValue = new RegExp(
  [
    "true|false|[+-]?(?:inf|nan)",
    `${day}(?:[Tt ]${time}(?:[Zz]|[+-]\\d{2}:\\d{2})?)?|${time}`,
    "0x[0-9a-fA-F](?:_?[0-9a-fA-F])*|0o[0-7](?:_?[0-7])*|0b[01](?:_?[01])*",
    `[+-]?(?:0|[1-9](?:_?\\d)*)(?:\\.${digits})?(?:[eE][+-]?${digits})?`,
  ].join("|"),
  "y",
);

const escapes: Readonly<Record<string, string>> = {
  b: "\b",
  t: "\t",
  n: "\n",
  f: "\f",
  r: "\r",
};

/** Reads the parts of a TOML 1.0 text (toml.io/en/v1.0.0) one after the other. What it does not know, it refuses. */
export class TomlReader {
  readonly text: string;
  at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
    // A byte order mark is no part of the text.
    if (text.startsWith("\uFEFF")) this.at = 1;
  }

  get done(): boolean {
    return this.at === this.text.length;
  }

  /** @param offset where it is; the default is here */
  fail(message: string, offset = this.at): never {
    throw new TsrunError(`line ${this.text.slice(0, offset).split("\n").length}: ${message}`);
  }

  /** The match of a sticky pattern here, which is then passed. */
  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text) ?? undefined;
    this.at += found?.[0].length ?? 0;
    return found;
  }

  /** Passes `text` if it is here. */
  take(text: string): boolean {
    const here = this.text.startsWith(text, this.at);
    if (here) this.at += text.length;
    return here;
  }

  skipBlanks(): void {
    this.match(blanks);
  }

  /** The rest of a line after an expression: blanks, a comment, the newline. */
  endLine(): void {
    this.skipBlanks();
    this.match(comment);
    if (!this.done && this.match(newline) === undefined) this.fail("expected the end of the line");
  }

  /** In arrays: blanks, comments and newlines. */
  private skipLines(): void {
    for (;;) {
      this.skipBlanks();
      this.match(comment);
      if (this.match(newline) === undefined) return;
    }
  }

  /** A key of one or more parts. */
  keys(): string[] {
    const keys: string[] = [];
    do {
      this.skipBlanks();
      keys.push(this.key());
      this.skipBlanks();
    } while (this.take("."));
    return keys;
  }

  private key(): string {
    if (this.take('"')) return this.basicString();
    if (this.take("'")) return this.literalString();
    return this.match(bareKey)?.[0] ?? this.fail("expected a key");
  }

  pair(): TomlPair {
    const start = this.at;
    const keys = this.keys();
    if (!this.take("=")) this.fail("expected =");
    this.skipBlanks();
    return { keys, start, value: this.value() };
  }

  private value(): TomlValue {
    const start = this.at;
    const string = this.string();
    if (string !== undefined) return { kind: "string", value: string, start, end: this.at };
    if (this.take("[")) return { kind: "array", items: this.within(() => this.items()), start, end: this.at };
    if (this.take("{")) {
      return { kind: "table", pairs: this.within(() => this.inlinePairs()), start, end: this.at };
    }
    const bare = this.match(bareValue)?.[0] ?? this.fail("expected a value");
    return { kind: "bare", value: bare, start, end: this.at };
  }

  private within<T>(read: () => T): T {
    if (++this.depth > MAX_DEPTH) this.fail(`nested deeper than ${MAX_DEPTH} levels`);
    const items = read();
    this.depth--;
    return items;
  }

  private string(): string | undefined {
    if (this.take('"""')) return this.longString('"""', () => this.longBasicPart());
    if (this.take("'''")) return this.longString("'''", () => this.match(literalText)?.[0]);
    if (this.take('"')) return this.basicString();
    return this.take("'") ? this.literalString() : undefined;
  }

  private basicString(): string {
    let value = "";
    while (!this.take('"')) {
      value += this.match(basicText)?.[0] ?? this.escape() ?? this.fail("a string without its end");
    }
    return value;
  }

  private literalString(): string {
    const value = this.match(literalText)?.[0] ?? "";
    return this.take("'") ? value : this.fail("a string without its end");
  }

  /** A string of several lines. Up to two quotes may stand right before the three that end it. */
  private longString(quotes: string, part: () => string | undefined): string {
    const quote = quotes.charAt(0);
    let value = "";
    this.match(newline);
    while (!this.take(quotes)) {
      const more = part() ?? this.match(newline)?.[0] ?? (this.take(quote) ? quote : undefined);
      value += more ?? this.fail("a string without its end");
    }
    for (let extra = 0; extra < 2 && this.take(quote); extra++) value += quote;
    return value;
  }

  private longBasicPart(): string | undefined {
    if (this.match(foldedLine) !== undefined) return "";
    return this.match(basicText)?.[0] ?? this.escape();
  }

  private escape(): string | undefined {
    const found = this.match(escapeSequence);
    if (found === undefined) return undefined;
    const [, letter, short, long] = found;
    if (letter !== undefined) return escapes[letter] ?? letter;
    const code = Number.parseInt(short ?? long ?? "", 16);
    if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) this.fail("an escape of no character");
    return String.fromCodePoint(code);
  }

  /** The rest of an array. */
  private items(): TomlValue[] {
    const items: TomlValue[] = [];
    for (;;) {
      this.skipLines();
      if (this.take("]")) return items;
      items.push(this.value());
      this.skipLines();
      if (!this.take(",") && this.text[this.at] !== "]") this.fail("expected , or ]");
    }
  }

  /** The rest of an inline table: on one line, without a comma at its end. */
  private inlinePairs(): TomlPair[] {
    const pairs: TomlPair[] = [];
    this.skipBlanks();
    if (this.take("}")) return pairs;
    for (;;) {
      this.skipBlanks();
      pairs.push(this.pair());
      this.skipBlanks();
      if (this.take("}")) return pairs;
      if (!this.take(",")) this.fail("expected , or }");
    }
  }
}
