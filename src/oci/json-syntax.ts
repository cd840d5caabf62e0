/** Where a JSON text breaks the grammar of RFC 8259. */
export interface SyntaxFault {
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
  readonly expected: string;
  /** The character there, or "the end of the text". */
  readonly found: string;
}

/** What the scanner throws at itself: nested calls end at once. */
class Stop {
  readonly offset: number;
  readonly expected: string;

  constructor(offset: number, expected: string) {
    this.offset = offset;
    this.expected = expected;
  }
}

/** The quote is part of the start alone: the end is looked for apart, so that its absence has a place. */
const openString = /"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/uy;
const literal = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null/y;
const space = /[ \t\n\r]*/y;

/** Walks a text that JSON.parse refused. The engines' own messages differ, and JavaScriptCore's name no place. */
class Scanner {
  readonly #text: string;
  #offset = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value();
    if (this.#offset < this.#text.length) {
      throw new Stop(this.#offset, "the end of the text");
    }
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#offset;
    const found = pattern.test(this.#text);
    if (found) {
      this.#offset = pattern.lastIndex;
    }
    return found;
  }

  #take(character: string): boolean {
    const taken = this.#text[this.#offset] === character;
    if (taken) {
      this.#offset++;
      this.#match(space);
    }
    return taken;
  }

  #value(): void {
    this.#match(space);
    if (this.#take("{")) {
      this.#list("}", () => this.#member());
    } else if (this.#take("[")) {
      this.#list("]", () => this.#value());
    } else if (this.#text[this.#offset] === '"') {
      this.#string();
    } else if (!this.#match(literal)) {
      throw new Stop(this.#offset, "a value");
    }
    this.#match(space);
  }

  #string(): void {
    this.#match(openString);
    if (!this.#take('"')) {
      const badEscape = this.#text[this.#offset] === "\\";
      throw new Stop(this.#offset, badEscape ? "a valid escape" : "the rest of a string");
    }
  }

  #member(): void {
    if (this.#text[this.#offset] !== '"') {
      throw new Stop(this.#offset, "a property name in double quotes");
    }
    this.#string();
    this.#match(space);
    if (!this.#take(":")) {
      throw new Stop(this.#offset, '":"');
    }
    this.#value();
  }

  #list(end: string, item: () => void): void {
    if (this.#take(end)) {
      return;
    }
    do {
      item();
    } while (this.#take(","));
    if (!this.#take(end)) {
      throw new Stop(this.#offset, `"," or "${end}"`);
    }
  }
}

function locate(text: string, { offset, expected }: Stop): SyntaxFault {
  const before = text.slice(0, offset);
  const character = text[offset];
  return {
    line: before.split("\n").length,
    column: offset - before.lastIndexOf("\n"),
    expected,
    found: character === undefined ? "the end of the text" : JSON.stringify(character),
  };
}

/** The first syntax fault of a text, or undefined where it is JSON (or nested too deep to walk). */
export function findSyntaxFault(text: string): SyntaxFault | undefined {
  try {
    new Scanner(text).document();
    return undefined;
  } catch (stop) {
    return stop instanceof Stop ? locate(text, stop) : undefined;
  }
}
